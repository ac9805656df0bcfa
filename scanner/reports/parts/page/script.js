"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { texts, policies, subjects, outcomes, rows, more } = data;
  const STATES = ["fail", "waived", "unknown", "pass", "not-applicable"];
  const SAID = ["fail", "waived", "unknown", "pass", "not applicable"];
  const SEVERITIES = ["error", "warning", "note"];
  const BOXES = { verdict: STATES, severity: SEVERITIES };
  const LISTS = ["policy", "cause", "subscription", "group", "trend", "control", "change"];
  const GROUPS = 60, MEMBERS = 100, PRINTED = 2000;
  const count = rows.length / 4;
  const form = document.getElementById("filters"), list = document.getElementById("list");
  const told = document.getElementById("told"), next = document.getElementById("more"), search = form.elements.q;
  const number = (value) => value.toLocaleString("en");

  // A row's four numbers: its policy, its subject, its outcome, its state.
  const policyOf = (row) => policies[rows[row * 4]];
  const subjectOf = (row) => subjects[rows[row * 4 + 1]];
  const outcomeOf = (row) => outcomes[rows[row * 4 + 2]];
  const stateOf = (row) => rows[row * 4 + 3];
  const idOf = (subject) => texts[subject[4]] + subject.at(subject.length > 7 ? 7 : 0);
  const moreOf = (row) => more[row] || {};

  const make = (tag, given, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given || {})) {
      if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== undefined && value !== "") made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };

  // Filters: what the form shows, what the address says, and which rows they let through.
  const places = subjects.map((subject) => texts[subject[1]].toLowerCase());
  const values = {
    policy: (row) => [policyOf(row).id],
    cause: (row) => (policyOf(row).own ? [] : [String(policyOf(row).cause)]),
    subscription: (row) => [texts[subjectOf(row)[2]]],
    group: (row) => [places[rows[row * 4 + 1]]],
    trend: (row) => [moreOf(row).trend || ""],
    control: (row) => policyOf(row).controls,
    change: (row) => [moreOf(row).effect || ""],
  };

  const fill = (field) => {
    const select = form.elements[field];
    if (!select) return;
    const found = new Map();
    if (field === "group") subjects.forEach((subject, place) => found.set(places[place], texts[subject[1]] || "none"));
    else if (field === "subscription") subjects.forEach((subject) => found.set(texts[subject[2]], texts[subject[2]]));
    else if (field === "trend") ["new", "reappeared", "worse", "persisting", "fixed", "lost", "added"].forEach((word) => found.set(word, word));
    else if (field === "change") ["worse", "better", "same"].forEach((word) => found.set(word, word));
    else for (const policy of policies) {
      if (field === "policy") found.set(policy.id, policy.id);
      else if (field === "cause" && !policy.own) found.set(String(policy.cause), data.causes[policy.cause]);
      else if (field === "control") policy.controls.forEach((control) => found.set(control, control));
    }
    found.delete("");
    const entries = [...found].sort((one, other) => field === "trend" || field === "change" ? 0 : one[0] < other[0] ? -1 : 1);
    select.append(...entries.map(([value, label]) => make("option", { value }, label.slice(0, 120))));
    select.disabled = !entries.length || (field === "trend" && !Object.values(more).some((one) => one.trend));
  };

  const initial = () => {
    const found = { verdict: new Set(), severity: new Set(), q: "" };
    for (const field of LISTS) found[field] = "";
    if (data.overlay) {
      found.change = "worse";
      found.verdict = new Set(["fail", "unknown"]);
    } else if (rows.some((value, place) => place % 4 === 3 && value === 0)) found.verdict.add("fail");
    return found;
  };

  const plain = (text) => {
    try { return decodeURIComponent(text); } catch { return text; }
  };

  const read = () => {
    const said = location.hash.slice(1);
    if (!said.includes("=")) return null;
    const found = initial();
    for (const field of ["verdict", "severity"]) found[field] = new Set();
    found.change = "";
    for (const part of said.split("&")) {
      const at = part.indexOf("="), field = part.slice(0, at), value = plain(part.slice(at + 1));
      if (Object.hasOwn(BOXES, field)) found[field] = new Set(value.split(",").filter((one) => BOXES[field].includes(one)));
      else if (field === "q" || LISTS.includes(field)) found[field] = value;
    }
    return found;
  };

  const write = () => {
    const parts = [`verdict=${[...chosen.verdict].join(",") || "any"}`];
    if (chosen.severity.size) parts.push(`severity=${[...chosen.severity].join(",")}`);
    for (const field of [...LISTS, "q"]) if (chosen[field]) parts.push(`${field}=${encodeURIComponent(chosen[field].toWellFormed?.() ?? chosen[field])}`);
    history.replaceState(null, "", `#${parts.join("&")}`);
  };

  const show = () => {
    for (const field of Object.keys(BOXES)) for (const box of form.querySelectorAll(`input[name=${field}]`)) box.checked = chosen[field].has(box.value);
    for (const field of LISTS) {
      const select = form.elements[field];
      if (!select) continue;
      select.value = chosen[field];
      if (select.value !== chosen[field]) {
        select.append(make("option", { value: chosen[field] }, chosen[field].slice(0, 120)));
        select.value = chosen[field];
      }
    }
    search.value = chosen.q;
  };

  const collect = () => {
    for (const field of Object.keys(BOXES)) chosen[field] = new Set([...form.querySelectorAll(`input[name=${field}]:checked`)].map((box) => box.value));
    for (const field of LISTS) if (form.elements[field]) chosen[field] = form.elements[field].value;
    chosen.q = search.value;
  };

  let hays;
  const found = (query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return () => true;
    hays ??= [
      policies.map((policy) => `${policy.id} ${policy.title}`.toLowerCase()),
      subjects.map((subject) => `${subject[0]} ${idOf(subject)}`.toLowerCase()),
      outcomes.map((outcome) => `${texts[outcome[1]]} ${texts[outcome[2]]}`.toLowerCase()),
    ];
    const hits = words.map((word) => hays.map((lot) => Uint8Array.from(lot, (hay) => hay.includes(word))));
    return (row) => hits.every((hit) => hit[0][rows[row * 4]] || hit[1][rows[row * 4 + 1]] || hit[2][rows[row * 4 + 2]]);
  };

  const matching = () => {
    const tests = LISTS.filter((field) => chosen[field] && form.elements[field]).map((field) => {
      const wanted = field === "group" ? chosen[field].toLowerCase() : chosen[field];
      return (row) => values[field](row).includes(wanted);
    });
    if (chosen.q) tests.push(found(chosen.q));
    const verdicts = STATES.map((state) => !chosen.verdict.size || chosen.verdict.has(state));
    const severities = SEVERITIES.map((one) => !chosen.severity.size || chosen.severity.has(one));
    const tallies = { verdict: [0, 0, 0, 0, 0], severity: [0, 0, 0] }, kept = [];
    for (let row = 0; row < count; row++) {
      if (!tests.every((test) => test(row))) continue;
      const state = stateOf(row), severity = outcomeOf(row)[0];
      if (severities[severity]) tallies.verdict[state]++;
      if (verdicts[state]) tallies.severity[severity]++;
      if (severities[severity] && verdicts[state]) kept.push(row);
    }
    for (const [field, names] of Object.entries(BOXES)) names.forEach((name, place) => {
      form.querySelector(`[data-of="${field}=${name}"]`).textContent = number(tallies[field][place]);
    });
    return kept;
  };

  // Findings of one policy that say the same are one entry.
  const fresh = (row) => ["new", "reappeared", "worse"].includes(moreOf(row).trend);
  const grouped = (kept) => {
    const groups = new Map();
    for (const row of kept) {
      const outcome = outcomeOf(row), key = `${stateOf(row)} ${outcome[0]} ${rows[row * 4]} ${outcome[1]}`;
      const group = groups.get(key);
      if (group) group.push(row);
      else groups.set(key, [row]);
    }
    const rank = (group) => [stateOf(group[0]), outcomeOf(group[0])[0], rows[group[0] * 4], group.some(fresh) ? 0 : 1, -group.length];
    return [...groups.values()].map((group) => [rank(group), group]).sort(([one], [other]) => {
      const at = one.findIndex((value, place) => value !== other[place]);
      return at < 0 ? 0 : one[at] - other[at];
    }).map(([, group]) => group);
  };

  const mark = (row) => (stateOf(row) ? STATES[stateOf(row)] : SEVERITIES[outcomeOf(row)[0]]);
  const tag = (row) => make("span", { class: `tag ${mark(row)}` }, stateOf(row) ? SAID[stateOf(row)] : `fail · ${SEVERITIES[outcomeOf(row)[0]]}`);
  const label = (row) => {
    const subject = subjectOf(row), group = texts[subject[1]];
    return make("span", { class: "clamp" }, make("bdi", {}, subject[0]), group ? make("bdi", { class: "none" }, ` (${group})`) : "");
  };
  const news = (row) => (fresh(row) ? make("span", { class: "tag fresh" }, moreOf(row).trend) : null);
  const kinds = (group) => {
    const names = new Map([["virtualmachines", "VMs"], ["backupgroups", "groups"], ["vaults", "vaults"], ["waivers", "waivers"]]);
    return `${number(group.length)} ${names.get(texts[subjectOf(group[0])[3]]) || "resources"}`;
  };

  const entry = (group) => {
    const row = group[0], reason = texts[outcomeOf(row)[1]];
    const what = make("span", { class: "what" });
    if (group.length === 1) what.append(label(row), make("span", { class: "clamp" }, reason), news(row) || "");
    else {
      const names = group.slice(0, 8).map((each) => subjectOf(each)[0].slice(0, 60)).join(", ");
      const new_ = group.filter(fresh).length;
      what.append(make("span", { class: "clamp" }, make("b", {}, `${kinds(group)}: `), reason), make("span", { class: "names clamp" }, make("bdi", {}, names), group.length > 8 ? ` and ${number(group.length - 8)} more` : ""));
      if (new_) what.append(make("span", { class: "tag fresh" }, `${number(new_)} new, back or worse`));
    }
    const button = make("button", { class: "finding", type: "button", "aria-expanded": "false" }, make("span", {}, tag(row)), make("span", { class: "policy" }, policyOf(row).id), what);
    const item = make("li", {}, button);
    opens(button, () => make("div", { class: "body" }, about(row), group.length === 1 ? evidence(row) : members(group)));
    return item;
  };

  const opens = (button, content) => {
    button.open = (wanted) => {
      const is = button.getAttribute("aria-expanded") === "true";
      if (is === wanted) return;
      button.setAttribute("aria-expanded", String(wanted));
      if (!wanted) button.nextElementSibling.remove();
      else button.after(content());
    };
    button.addEventListener("click", () => button.open(button.getAttribute("aria-expanded") !== "true"));
  };

  const members = (group) => {
    const found = make("ul", { class: "members" });
    const add = (from) => {
      for (const row of group.slice(from, from + MEMBERS)) {
        const doubt = texts[outcomeOf(row)[2]];
        const said = make("span", {}, label(row), news(row) || "", doubt ? make("span", { class: "none" }, ` severity: ${doubt}`) : "");
        const button = make("button", { type: "button", "aria-expanded": "false" }, said);
        opens(button, () => evidence(row));
        found.append(make("li", { class: "member" }, button));
      }
      const left = group.length - from - MEMBERS;
      if (left <= 0) return;
      const rest = make("button", { type: "button", class: "rest" }, `Show ${number(Math.min(left, MEMBERS))} more of ${number(left)}`);
      const item = make("li", {}, rest);
      rest.addEventListener("click", () => {
        item.remove();
        add(from + MEMBERS);
        found.children[from + MEMBERS].querySelector("button").focus();
      });
      found.append(item);
    };
    add(0);
    return found;
  };

  const terms = (pairs) => make("dl", {}, ...pairs.filter(([, said]) => said && (said.length || said.nodeType)).flatMap(([term, said]) => [make("dt", {}, term), make("dd", {}, said)]));

  const about = (row) => {
    const policy = policyOf(row);
    const source = policy.url ? make("a", { href: policy.url, rel: "noreferrer noopener" }, policy.source || policy.url) : policy.source;
    const made = make("div", { class: "about" }, terms([
      ["expected", policy.title], ["why", policy.why], ["seen as", policy.errors.join(" · ")], ["parameters", policy.parameters.join(", ")],
      ["controls", policy.controls.join(", ")], ["source", source],
    ]));
    if (policy.fix) {
      const button = make("button", { class: "copy", type: "button" }, "Copy the fix");
      button.addEventListener("click", () => copy(policy.fix, button));
      made.append(make("div", { class: "fix" }, make("h3", {}, "Fix ", button), make("pre", { tabindex: "0" }, policy.fix)));
    }
    return made;
  };

  const copy = async (text, button) => {
    let done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch { /* a page from a file may not be allowed to */ }
    if (!done) {
      const area = make("textarea", { class: "hide", "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = done ? "Copied" : "Select the text and copy it";
    setTimeout(() => { button.textContent = "Copy the fix"; }, 2000);
  };

  const evidence = (row) => {
    const subject = subjectOf(row), outcome = outcomeOf(row), extra = moreOf(row);
    const made = make("div", { class: "evidence" }, terms([
      ["id", make("span", { class: "id" }, idOf(subject))], ["subscription", texts[subject[2]]], ["backup", texts[subject[5]]],
      ["severity", texts[outcome[2]] && `may be graver: ${texts[outcome[2]]}`], ["waived", extra.waiver], ["trend", extra.trend && `${extra.trend}${extra.since ? ` since ${extra.since}` : ""}`],
      ["change", extra.effect && `${extra.effect}; before: ${extra.before}`], ["written in", extra.origin], ["scope", extra.scope],
    ]));
    const lines = [];
    for (let at = 3; at < outcome.length; at += 3) {
      const source = texts[outcome[at + 2]], inside = /\bguestfacts\b/.test(source) && texts[subject[6]];
      const when = inside ? `guest: ${inside}` : data.taken || "the rows do not say";
      lines.push(make("tr", {}, make("td", {}, make("code", {}, texts[outcome[at]])), make("td", {}, texts[outcome[at + 1]]), make("td", {}, source), make("td", {}, when)));
    }
    if (lines.length) {
      const heads = ["fact", "value", "source", "as of"].map((head) => make("th", { scope: "col" }, head));
      made.append(make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...lines)));
    } else made.append(make("p", { class: "quiet" }, "No evidence is kept of this result; the scan keeps it of all results with --evidence all."));
    return made;
  };

  // What is drawn: as many entries as fit the window, and more of them as the reader comes to the end.
  let chosen = read() || initial(), groups = [], drawn = 0;
  const draw = (many) => {
    list.append(...groups.slice(drawn, drawn + many).map(entry));
    drawn = Math.min(groups.length, drawn + many);
    next.hidden = drawn >= groups.length;
    next.textContent = `Show ${number(Math.min(GROUPS, groups.length - drawn))} more of ${number(groups.length - drawn)}`;
  };
  const apply = () => {
    const kept = matching();
    groups = grouped(kept);
    list.replaceChildren();
    drawn = 0;
    draw(GROUPS);
    const of = count === kept.length ? "" : ` of ${number(count)}`;
    const some = `${number(kept.length)} ${kept.length === 1 ? "result" : "results"}${of}, ${number(groups.length)} ${groups.length === 1 ? "entry" : "entries"} of the same policy and reason`;
    const left = STATES.map((state, place) => (data.left[state] && (!chosen.verdict.size || chosen.verdict.has(state)) ? `${number(data.left[state])} ${SAID[place]}` : "")).filter(Boolean).join(", ");
    told.textContent = (kept.length ? some : `No result${of} matches these filters`) + (left && `; not in this list: ${left} of the whole scan`);
    document.documentElement.dataset.ready = String(Number(document.documentElement.dataset.ready || 0) + 1);
  };

  const changed = () => { collect(); write(); apply(); };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => { if (event.target !== search) changed(); });
  search.addEventListener("input", changed);
  search.addEventListener("keydown", (event) => { if (event.key === "Escape" && search.value) { event.preventDefault(); search.value = ""; changed(); } });
  document.getElementById("clear").addEventListener("click", () => { chosen = initial(); show(); write(); apply(); search.focus(); });
  next.addEventListener("click", () => { const at = drawn; draw(GROUPS); list.children[at]?.querySelector("button").focus(); });
  new IntersectionObserver((seen) => { if (seen[0].isIntersecting && drawn && drawn < groups.length && document.activeElement !== next) draw(GROUPS); }, { rootMargin: "400px" }).observe(next);
  addEventListener("hashchange", (event) => {
    if (!event.newURL.split("#")[1]?.includes("=")) return; // to a section; what was typed since then stands in the address by now
    const said = read();
    if (!said) return;
    chosen = said;
    show();
    apply();
    reach();
  });
  const reach = () => {
    document.getElementById("findings").scrollIntoView();
    told.tabIndex = -1;
    told.focus({ preventScroll: true });
  };

  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.tagName !== "BUTTON" || event.target.classList.contains("copy")) return;
    const buttons = [...list.querySelectorAll(".finding, .member > button, .rest")];
    const to = buttons[buttons.indexOf(event.target) + step];
    if (to) { event.preventDefault(); to.focus(); }
  });

  // Where a timeline is wider than the window, its first crowded window is what is seen of it, once it is seen at all.
  const come = new IntersectionObserver((seen) => {
    for (const { target: pane, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      come.unobserve(pane);
      const first = pane.querySelector(".crowd, .starts");
      if (first && pane.scrollWidth > pane.clientWidth) pane.scrollLeft = first.getBBox().x - pane.clientWidth / 2;
    }
  });
  for (const timeline of document.querySelectorAll("svg.timeline")) come.observe(timeline.parentElement);

  // In the heat map one cell takes part in the order of the Tab key; arrows go to the others.
  const heat = document.getElementById("heat-table");
  if (heat) {
    const cells = [...heat.tBodies[0].querySelectorAll("a")];
    const enter = (cell) => { for (const each of cells) each.tabIndex = each === cell ? 0 : -1; };
    if (cells.length) enter(cells[0]);
    heat.addEventListener("focusin", (event) => { if (cells.includes(event.target)) enter(event.target); });
    heat.addEventListener("keydown", (event) => {
      const [down, right] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key] || [0, 0];
      let cell = event.target.closest("td");
      if (!cell || !(down || right)) return;
      event.preventDefault();
      let row = cell.parentElement.sectionRowIndex, column = cell.cellIndex;
      for (;;) {
        row += down; column += right;
        const there = heat.tBodies[0].rows[row]?.cells[column];
        if (!there || there.tagName !== "TD") return;
        const link = there.querySelector("a");
        if (link) { link.focus(); return; }
      }
    });
  }

  // On paper nothing can be opened: all that the filters let through is drawn open, as far as paper bears it.
  const onPaper = make("p", { class: "print-only" });
  told.after(onPaper);
  let folded = [];
  const unfold = () => {
    if (document.documentElement.dataset.paper) return;
    document.documentElement.dataset.paper = "1";
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = true;
    draw(Math.max(0, Math.min(PRINTED, groups.length) - drawn));
    let left = PRINTED, silent = 0, before = -1;
    for (const [place, button] of [...list.querySelectorAll(".finding")].entries()) {
      if (left <= 0) { silent += groups[place].length; continue; }
      button.open(true);
      const policy = rows[groups[place][0] * 4];
      if (policy === before) button.parentElement.querySelector(".about")?.classList.add("told-before");
      before = policy;
      for (const member of button.parentElement.querySelectorAll(".member > button")) if (left-- > 0) member.open(true);
      left--;
    }
    for (const group of groups.slice(drawn)) silent += group.length;
    onPaper.textContent = `Filters: ${plain(location.hash.slice(1)) || "none but those of the page as it opens"}.` + (silent ? ` ${number(silent)} ${silent === 1 ? "result is" : "results are"} not shown with their evidence on paper.` : "");
  };
  const fold = () => {
    delete document.documentElement.dataset.paper;
    for (const each of folded) each.open = false;
    apply();
  };
  addEventListener("beforeprint", unfold);
  addEventListener("afterprint", fold);
  matchMedia("print").addEventListener("change", (event) => (event.matches ? unfold() : fold()));

  LISTS.forEach(fill);
  show();
  apply();
  if (location.hash.includes("=")) reach();
})();
