"""Networks in PyTorch: seeded weights, the same function as in NumPy, accuracy by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from rmsprop_course import networks, torch_networks
from rmsprop_course.torch_networks import accuracy, digits_convnet, mlp, train


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


BUILDERS = {
    "mlp": lambda seed=0, **settings: mlp([64, 40, 10], generator(seed), **settings),
    "convnet": lambda seed=0, **settings: digits_convnet(generator(seed), **settings),
}
each_builder = pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)


@each_builder
def test_a_seed_fixes_every_weight_and_another_seed_changes_them(build):
    first, again, other = build(3).state_dict(), build(3).state_dict(), build(4).state_dict()
    for name, tensor in first.items():
        assert torch.equal(tensor, again[name])
        if name.endswith("weight"):
            assert not torch.equal(tensor, other[name])


@each_builder
def test_building_leaves_the_global_random_state_alone(build):
    before = torch.get_rng_state()
    build()
    assert torch.equal(torch.get_rng_state(), before)


@each_builder
def test_all_dtypes_hold_the_same_weights_rounded(build):
    exact = build(dtype=torch.float64).state_dict()
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        for name, tensor in build(dtype=dtype).state_dict().items():
            assert tensor.dtype == dtype
            assert torch.equal(tensor, exact[name].to(dtype))


@each_builder
def test_the_default_is_float32_on_the_cpu_with_gradients(build):
    for param in build().parameters():
        assert (param.dtype, param.device.type, param.requires_grad) == (
            torch.float32,
            "cpu",
            True,
        )


@pytest.mark.parametrize("shape", [(300, 200), (400, 10)])
def test_weights_have_variance_two_over_the_number_of_inputs_and_biases_are_zero(shape):
    n_inputs, n_outputs = shape
    (linear,) = mlp([n_inputs, n_outputs], generator())
    weights, n = linear.weight.detach(), linear.weight.numel()
    assert weights.mean().item() == pytest.approx(0, abs=4 * (2 / n_inputs / n) ** 0.5)
    assert weights.var().item() == pytest.approx(2 / n_inputs, rel=4 * (2 / n) ** 0.5)
    assert not linear.bias.any()


def test_a_filter_counts_all_that_it_sees_as_inputs():
    second = digits_convnet(generator())[4]
    n = second.weight.numel()
    assert second.weight.var().item() == pytest.approx(2 / (16 * 9), rel=4 * (2 / n) ** 0.5)
    assert not second.bias.any()


def test_with_the_same_weights_it_is_the_numpy_network():
    rng = np.random.default_rng(0)
    params = networks.init_mlp([64, 32, 16, 10], rng)
    network = mlp([64, 32, 16, 10], generator(), dtype=torch.float64)
    with torch.no_grad():
        for tensor, array in zip(network.parameters(), params.values(), strict=True):
            tensor.copy_(torch.tensor(array.T))
    images, labels = rng.random((5, 64)), rng.integers(0, 10, 5)
    logits = network(torch.tensor(images))
    nn.functional.cross_entropy(logits, torch.tensor(labels)).backward()
    _, grads = networks.mlp_loss_and_grads(params, images, labels)
    np.testing.assert_allclose(logits.detach(), networks.mlp_logits(params, images), rtol=1e-12)
    for tensor, array in zip(network.parameters(), grads.values(), strict=True):
        np.testing.assert_allclose(tensor.grad, array.T, rtol=1e-9, atol=1e-15)


def test_the_activation_follows_each_hidden_layer_and_not_the_last():
    network = mlp([4, 3, 3, 2], generator(), activation=nn.Tanh)
    assert [type(layer) for layer in network] == [nn.Linear, nn.Tanh] * 2 + [nn.Linear]


@pytest.mark.parametrize("sizes", [[64], [64, 0, 10]])
def test_sizes_that_make_no_network_are_refused_with_their_values(sizes):
    with pytest.raises(ValueError, match=r"layer_sizes must be two or more .* got \[64"):
        mlp(sizes, generator())


def test_the_convnet_sees_neighbors_above_and_below_as_neighbors():
    first = digits_convnet(generator())[:2]
    image = torch.zeros(1, 64)
    image[0, 8 * 3 + 5] = 1  # row 3, column 5
    lit = (first(image) != 0).any(dim=1)[0]
    assert lit.nonzero().tolist() == [[row, col] for row in (2, 3, 4) for col in (4, 5, 6)]


def test_accuracy_is_the_share_of_right_classes():
    logits = torch.tensor([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0], [1.0, 2.0]])
    assert accuracy(nn.Identity(), logits, torch.tensor([0, 1, 1, 1])) == 0.75


def test_accuracy_judges_without_dropout_and_leaves_mode_and_graph_alone():
    network = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.9)).train()
    with torch.no_grad():
        network[0].weight.copy_(torch.eye(2))
        network[0].bias.zero_()
    images = torch.tensor([[1.0, 0.0], [0.0, 1.0]] * 50)
    assert accuracy(network, images, torch.tensor([0, 1] * 50)) == 1
    assert network.training
    assert network[0].weight.grad is None


def test_accuracy_gives_the_mode_back_when_the_network_fails():
    network = nn.Linear(3, 2).train()
    with pytest.raises(RuntimeError):
        accuracy(network, torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64))
    assert network.training


@pytest.mark.parametrize(("n_images", "n_labels"), [(3, 2), (0, 0)])
def test_accuracy_refuses_labels_that_do_not_fit(n_images, n_labels):
    with pytest.raises(ValueError, match=f"one entry an image, {n_images}, got \\({n_labels},\\)"):
        accuracy(nn.Identity(), torch.zeros(n_images, 2), torch.zeros(n_labels, dtype=torch.int64))


class Recorder(torch.optim.SGD):
    """Gradient descent that remembers the gradient of each step."""

    def __init__(self, params, lr):
        super().__init__(params, lr=lr)
        self.grads, self.rates = [], []

    def step(self, closure=None):
        (group,) = self.param_groups
        self.grads.append([param.grad.clone() for param in group["params"]])
        self.rates.append(group["lr"])
        return super().step(closure)


@pytest.fixture
def data():
    images = torch.randn(11, 6, generator=generator(1), dtype=torch.float64)
    return images, torch.arange(11) % 4


def trained(data, *, seed=0, make=Recorder, **settings):
    network = mlp([6, 5, 4], generator(2), dtype=torch.float64)
    optimizer = make(network.parameters(), lr=0.1)
    settings = {"n_epochs": 3, "batch_size": 4, "generator": generator(seed)} | settings
    return network, optimizer, train(network, optimizer, *data, **settings)


def test_each_epoch_shows_every_image_once_in_batches_of_the_given_size(data):
    images = data[0].clone()
    seen = []
    network = mlp([6, 5, 4], generator(), dtype=torch.float64)
    network.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    train(network, optimizer, *data, n_epochs=2, batch_size=4, generator=generator())
    assert [len(batch) for batch in seen] == [4, 4, 3, 4, 4, 3]
    for epoch in (torch.cat(seen[:3]), torch.cat(seen[3:])):
        assert not torch.equal(epoch, images)
        assert sorted(map(tuple, epoch.tolist())) == sorted(map(tuple, images.tolist()))
    assert not torch.equal(torch.cat(seen[:3]), torch.cat(seen[3:]))


def test_the_generator_alone_decides_the_order(data):
    first, again, other = (trained(data, seed=seed)[2] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_step_has_the_gradient_of_its_batch_alone_and_reports_its_loss(data):
    network = mlp([6, 5, 4], generator(2), dtype=torch.float64)
    before = nn.functional.cross_entropy(network(data[0]), data[1])
    expected = torch.autograd.grad(before, list(network.parameters()))
    _, optimizer, losses = trained(data, batch_size=11)
    assert losses[0].item() == pytest.approx(before.item(), rel=1e-12)
    for got, right in zip(optimizer.grads[0], expected, strict=True):
        torch.testing.assert_close(got, right)
    network, optimizer, _ = trained(data, batch_size=11, n_epochs=2)
    other, _, _ = trained(data, batch_size=11, n_epochs=1)
    loss = nn.functional.cross_entropy(other(data[0]), data[1])
    for got, right in zip(
        optimizer.grads[1], torch.autograd.grad(loss, list(other.parameters())), strict=True
    ):
        torch.testing.assert_close(got, right)


def test_training_equals_the_numpy_loop_of_the_course(data):
    network, _, losses = trained(data, batch_size=11, n_epochs=40)
    params = {}
    for layer, linear in enumerate(mlp([6, 5, 4], generator(2), dtype=torch.float64)[::2], 1):
        params[f"W{layer}"] = linear.weight.detach().numpy().T
        params[f"b{layer}"] = linear.bias.detach().numpy()
    for step in range(40):
        loss, grads = networks.mlp_loss_and_grads(params, data[0].numpy(), data[1].numpy())
        assert losses[step].item() == pytest.approx(loss, rel=1e-9)
        params = {name: array - 0.1 * grads[name] for name, array in params.items()}
    np.testing.assert_allclose(network[0].weight.detach().T, params["W1"], rtol=1e-9)


def test_the_scheduler_steps_once_an_epoch(data):
    network = mlp([6, 5, 4], generator(2), dtype=torch.float64)
    optimizer = Recorder(network.parameters(), lr=0.4)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    settings = {"n_epochs": 2, "batch_size": 6, "generator": generator()}
    train(network, optimizer, *data, scheduler=scheduler, **settings)
    assert optimizer.rates == [0.4, 0.4, 0.2, 0.2]


def test_no_epochs_change_nothing(data):
    network, _, losses = trained(data, n_epochs=0)
    assert losses.shape == (0,)
    assert torch.equal(
        network[0].weight, mlp([6, 5, 4], generator(2), dtype=torch.float64)[0].weight
    )


def test_training_refuses_labels_that_do_not_fit(data):
    with pytest.raises(ValueError, match="one entry an image, 11, got \\(10,\\)"):
        trained((data[0], data[1][:10]))


def test_a_missing_generator_is_no_silent_default():
    with pytest.raises(TypeError, match="generator"):
        torch_networks.digits_convnet()
