// A quiz answers on the page: each option is a button, and pressing it shows what the folded answer
// says about this option. Without this script the quiz is text with folded answers.
const letterOf = (text) => text.trim().slice(0, 3); // "(a)"

function explanations(answer) {
  const lines = [...answer.querySelectorAll("p")].flatMap((p) => p.innerHTML.split(/<br\s*\/?>/));
  return Object.fromEntries(lines.map((line) => [letterOf(line.replace("<strong>", "")), line]));
}

function makeOption(option, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...option.childNodes);
  button.addEventListener("click", () => choose(button));
  option.append(button);
}

function makeAnswerable(question) {
  const answer = question.querySelector("details");
  const said = explanations(answer);
  const reply = document.createElement("p");
  reply.setAttribute("role", "status");
  const choose = (chosen) => {
    for (const button of question.querySelectorAll("li > button")) {
      button.setAttribute("aria-pressed", button === chosen);
    }
    reply.innerHTML = said[letterOf(chosen.textContent)];
  };
  question.querySelectorAll("ul > li").forEach((option) => makeOption(option, choose));
  answer.before(reply);
}

document.querySelectorAll(".rmsprop-quiz > ol > li").forEach(makeAnswerable);
