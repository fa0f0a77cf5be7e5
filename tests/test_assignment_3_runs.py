"""Assignment 3, checkpoints and the training loop: every mistake fails, every right form passes."""

import copy
import io

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
from assignment_runs import failures  # noqa: E402
from torch.nn.functional import mse_loss  # noqa: E402

ID = "3_torch_optimizer"
SEEDS = (1, 2)
TESTS = ("test-resume", "test-fit")
PARTS = ("network", "optimizer", "scheduler")


def take(network, optimizer, scheduler, generator):
    """A right checkpoint."""
    parts = {"network": network, "optimizer": optimizer, "scheduler": scheduler}
    states = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
    return {**states, "generator": generator.get_state()}


def load(checkpoint, network, optimizer, scheduler, generator):
    """A right resumption."""
    for name, part in zip(PARTS, (network, optimizer, scheduler), strict=True):
        if name in checkpoint:
            part.load_state_dict(copy.deepcopy(checkpoint[name]))
    if "generator" in checkpoint:
        generator.set_state(checkpoint["generator"])


def without(*names):
    return lambda *run: {name: part for name, part in take(*run).items() if name not in names}


def taking_references(network, optimizer, scheduler, generator):
    parts = {"network": network, "optimizer": optimizer, "scheduler": scheduler}
    states = {name: part.state_dict() for name, part in parts.items()}
    return {**states, "generator": generator.get_state()}


def taking_a_flat_copy(*run):
    return {name: copy.copy(part) for name, part in taking_references(*run).items()}


def taking_referred_weights(network, *others):
    return {**take(network, *others), "network": network.state_dict()}


def taking_the_objects(*run):
    return {"run": copy.deepcopy(run)}


def taking_a_pickle(*run):
    return dict(enumerate(map(copy.deepcopy, take(*run).values())))


def loading_references(checkpoint, network, optimizer, scheduler, generator):
    for name, part in zip(PARTS, (network, optimizer, scheduler), strict=True):
        part.load_state_dict(checkpoint[name])
    generator.set_state(checkpoint["generator"])


def loading_settings_alone(checkpoint, network, optimizer, scheduler, generator):
    state = optimizer.state_dict()["state"]
    load(checkpoint, network, optimizer, scheduler, generator)
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def loading_by_numbers(checkpoint, *run):
    load(dict(zip((*PARTS, "generator"), checkpoint.values(), strict=True)), *run)


def taking_clones(network, optimizer, scheduler, generator):
    taken = take(network, optimizer, scheduler, generator)
    weights = {name: weight.clone() for name, weight in network.state_dict().items()}
    return taken | {"network": weights, "generator": generator.get_state().clone()}


def loading_in_another_order(checkpoint, network, optimizer, scheduler, generator):
    own = copy.deepcopy(checkpoint)
    generator.set_state(own["generator"])
    scheduler.load_state_dict(own["scheduler"])
    optimizer.load_state_dict(own["optimizer"])
    with torch.no_grad():
        for name, param in network.named_parameters():
            param.copy_(own["network"][name])


def as_bytes(*run):
    """The states as the bytes of a file."""
    file = io.BytesIO()
    torch.save(taking_references(*run), file)
    return {"file": file.getvalue()}


def loading_bytes(checkpoint, *run):
    load(torch.load(io.BytesIO(checkpoint["file"])), *run)


def taking_a_fresh_seed(network, optimizer, scheduler, generator):
    taken = without("generator")(network, optimizer, scheduler, generator)
    return {**taken, "seed": generator.seed()}


def taking_the_first_seed(network, optimizer, scheduler, generator):
    taken = without("generator")(network, optimizer, scheduler, generator)
    return {**taken, "seed": generator.initial_seed()}


def seeding(checkpoint, network, optimizer, scheduler, generator):
    load(checkpoint, network, optimizer, scheduler, generator)
    generator.manual_seed(checkpoint["seed"])


def taking_one_for_all(*run, kept={}):  # noqa: B006 - that is the mistake
    kept.update(take(*run))
    return kept


def stepping_first(network, optimizer, scheduler, generator):
    torch.rand(1, generator=generator)
    return take(network, optimizer, scheduler, generator)


RIGHT_CHECKPOINTS = {
    "copied part by part": (take, load),
    "clones of the weights": (taking_clones, load),
    "in another order": (take, loading_in_another_order),
    "under numbers": (taking_a_pickle, loading_by_numbers),
    "as a file": (as_bytes, loading_bytes),
    "copied into a fresh dict": (lambda *run: copy.deepcopy(taking_references(*run)), load),
}
WRONG_CHECKPOINTS = {
    "the weights alone": (without("optimizer", "scheduler", "generator"), load),
    "no weights": (without("network"), load),
    "no optimizer": (without("optimizer"), load),
    "no scheduler": (without("scheduler"), load),
    "no generator": (without("generator"), load),
    "a seed that is drawn for it": (taking_a_fresh_seed, seeding),
    "the seed of the beginning": (taking_the_first_seed, seeding),
    "it draws from the generator": (stepping_first, load),
    "a later one takes its place": (taking_one_for_all, load),
    "references": (taking_references, load),
    "a flat copy": (taking_a_flat_copy, load),
    "the weights are no copy": (taking_referred_weights, load),
    "the objects": (taking_the_objects, lambda checkpoint, *run: None),
    "resuming from the checkpoint's tensors": (take, loading_references),
    "the settings of the optimizer, not its averages": (take, loading_settings_alone),
    "nothing is resumed": (take, lambda checkpoint, *run: None),
    "the checkpoint is used up": (
        take,
        lambda checkpoint, *run: load({name: checkpoint.pop(name) for name in take(*run)}, *run),
    ),
}


@pytest.mark.parametrize("pair", RIGHT_CHECKPOINTS.values(), ids=RIGHT_CHECKPOINTS)
def test_right_checkpoints_get_all_points(pair):
    for seed in SEEDS:
        assert failing(_checkpoint(pair), seed=seed) == {}


@pytest.mark.parametrize("pair", WRONG_CHECKPOINTS.values(), ids=WRONG_CHECKPOINTS)
def test_a_wrong_checkpoint_fails_where_runs_are_resumed(pair):
    for seed in SEEDS:
        assert list(failing(_checkpoint(pair), seed=seed)) == ["test-resume"]


def failing(answers, **given):
    """What fails, if the optimizer is left out."""
    return failures(ID, answers, tests=TESTS, **given)


def _checkpoint(pair):
    return {"checkpoint": dict(zip(("take_checkpoint", "resume"), pair, strict=True))}


def fitting(
    *,
    clear=lambda optimizer, first: optimizer.zero_grad(),
    move=lambda loss, optimizer: (loss.backward(), optimizer.step()),
    note=lambda loss: loss.item(),
    after_batch=lambda scheduler: None,
    after_epoch=lambda scheduler: scheduler.step(),
    of_epoch=lambda losses: sum(losses) / len(losses),
):
    """A training loop with one part exchanged."""

    def fit(network, optimizer, scheduler, batches, n_epochs):
        results = []
        for _ in range(n_epochs):
            losses = []
            for inputs, targets in batches:
                clear(optimizer, not losses)
                loss = mse_loss(network(inputs), targets)
                move(loss, optimizer)
                losses.append(note(loss))
                after_batch(scheduler)
            after_epoch(scheduler)
            results.append(of_epoch(losses))
        return results

    return fit


def clearing_behind(network, optimizer, scheduler, batches, n_epochs):
    total = torch.zeros(n_epochs)
    for epoch in range(n_epochs):
        for inputs, targets in batches:
            loss = (network(inputs) - targets).square().mean()
            loss.backward()
            optimizer.step()
            network.zero_grad()
            total[epoch] += loss.detach()
        scheduler.step()
    return (total / len(batches)).tolist()


def without_the_last_step(network, optimizer, scheduler, batches, n_epochs):
    """Steps when the next batch comes, so that the last gradient is not used."""
    means = []
    for _ in range(n_epochs):
        losses = []
        for inputs, targets in batches:
            optimizer.step()
            optimizer.zero_grad()
            if means and not losses:
                scheduler.step()
            loss = mse_loss(network(inputs), targets)
            loss.backward()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
    scheduler.step()
    return means


def then(change, **parts):
    """A loop whose result is changed."""

    def fit(network, optimizer, scheduler, batches, n_epochs):
        return change(fitting(**parts)(network, optimizer, scheduler, batches, n_epochs))

    return fit


def always_three_epochs(network, optimizer, scheduler, batches, n_epochs):
    return fitting()(network, optimizer, scheduler, batches, 3)


RIGHT_LOOPS = {
    "clears before": fitting(),
    "clears behind": clearing_behind,
    "sets gradients to 0": fitting(clear=lambda o, first: o.zero_grad(set_to_none=False)),
    "NumPy's mean": fitting(of_epoch=np.mean),
    "an array": then(np.array),
    "PyTorch's mean": fitting(of_epoch=lambda losses: torch.tensor(losses).mean().item()),
    "a closure": fitting(move=lambda loss, o: o.step(lambda: loss.backward())),
}
WRONG_LOOPS = {
    "the colleague's": "fit = colleagues_fit",
    "gradients add up": fitting(clear=lambda optimizer, first: None),
    "gradients add up in an epoch": fitting(clear=lambda o, first: o.zero_grad() if first else 0),
    "steps before it has gradients": fitting(move=lambda loss, o: (o.step(), loss.backward())),
    "clears what it has computed": fitting(
        move=lambda loss, o: (loss.backward(), o.zero_grad(), o.step())
    ),
    "no backward": fitting(move=lambda loss, o: o.step()),
    "steps once an epoch": fitting(
        move=lambda loss, o: loss.backward(), after_epoch=lambda s: (s.optimizer.step(), s.step())
    ),
    "the last step is missing": without_the_last_step,
    "the schedule by batches": fitting(
        after_batch=lambda s: s.step(), after_epoch=lambda scheduler: None
    ),
    "the schedule by both": fitting(after_batch=lambda s: s.step()),
    "always three epochs": always_three_epochs,
    "no schedule": fitting(after_epoch=lambda scheduler: None),
    "the last loss of an epoch": fitting(of_epoch=lambda losses: losses[-1]),
    "the first loss of an epoch": fitting(of_epoch=lambda losses: losses[0]),
    "the sum of an epoch": fitting(of_epoch=sum),
    "every loss": then(lambda means: [x for losses in means for x in losses], of_epoch=list),
    "tensors with graphs": fitting(note=lambda loss: loss),
    "rounded losses": fitting(note=lambda loss: float(int(loss.item()))),
}


@pytest.mark.parametrize("loop", RIGHT_LOOPS.values(), ids=RIGHT_LOOPS)
def test_right_loops_get_all_points(loop):
    for seed in SEEDS:
        assert failing({"fit": {"fit": loop}}, seed=seed) == {}


@pytest.mark.parametrize("loop", WRONG_LOOPS.values(), ids=WRONG_LOOPS)
def test_a_wrong_loop_fails_where_loops_are_tried(loop):
    answer = loop if isinstance(loop, str) else {"fit": loop}
    for seed in SEEDS:
        assert list(failing({"fit": answer}, seed=seed)) == ["test-fit"]


def test_what_learners_see_lets_mistakes_pass():
    answers = _checkpoint(WRONG_CHECKPOINTS["references"])
    answers["fit"] = {"fit": WRONG_LOOPS["the schedule by batches"]}
    assert set(failing(answers)) == set(TESTS)
    assert failing(answers, hidden=False) == {}
