"use strict";
// Draws the figures into the page, and lets its reader search, choose and look nearer.
const data = JSON.parse(document.getElementById("data").textContent);
const { names } = data;
const byId = (id) => document.getElementById(id);
const dark = matchMedia("(prefers-color-scheme: dark)");
let printing = false;
const palette = () => (dark.matches && !printing ? PALETTES.dark : PALETTES.light);

// Every figure is a function that draws it anew, into a chart of its own.
const figures = [];
function chart(element, renderer) {
    const drawn = echarts.init(element, null, { renderer });
    figures.push({ element, drawn });
    return drawn;
}
function redraw(draw) {
    figures[figures.length - 1].draw = draw;
    draw();
}
function plain(id, option, height) {
    const element = byId(id);
    if (!element) return;
    if (height) element.style.height = height + "px";
    const drawn = chart(element, "svg");
    redraw(() => drawn.setOption(option(data, palette()), true));
}
plain("times", times);
plain("reasons", reasons, lyingHeight(data.reasons.length));
if (data.sweep) plain("worst", worst, lyingHeight(data.sweep.worst.length));
if (data.headroom) plain("headroom", headroom, 34 * data.headroom.length + 76);
if (data.health) plain("suspects", suspects, lyingHeight(data.health.suspects.length));
plain("violations", violations, lyingHeight(data.violations.length));

// ---- the layers ----

const numbers = new Map(names.map((name, number) => [name, number]));
const near = names.map(() => []);
for (const [a, b] of data.joins) { near[a].push(b); near[b].push(a); }
const layerOf = new Map();
data.layers.forEach((layer, place) => layer.items.forEach((item) => layerOf.set(item, place)));
const topology = chart(byId("layers"), "svg");
let selection = { chosen: [], lines: [] };
redraw(() => topology.setOption(layers(data, palette(), topology.getWidth(), selection), true));
function choose(what) {
    selection = { chosen: what.chosen.filter((item) => layerOf.has(item)), lines: what.lines };
    const { series } = layers(data, palette(), topology.getWidth(), selection);
    topology.setOption({ series: series.slice(-2) });
}
function select(item) {
    choose(reached(layerOf, near, item));
    const joined = near[item].slice(0, 12).map((n) => names[n]).join(", ") + (near[item].length > 12 ? ", …" : "");
    byId("found").textContent = `${names[item]}: ${data.layers[layerOf.get(item)].name}, joined to ${joined}`;
}
topology.on("click", { seriesType: "scatter" }, (point) => select(itemOf(data, point)));
byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = event.target.elements.name.value.trim();
    const item = numbers.get(text) ?? names.findIndex((name, n) => layerOf.has(n) && name.includes(text));
    if (text && layerOf.has(item)) select(item);
    else byId("found").textContent = "there is nothing of that name";
});
byId("things").append(...data.layers.flatMap((layer) => layer.items.slice(0, 2000)).map((item) => {
    const option = document.createElement("option");
    option.value = names[item];
    return option;
}));

// ---- the way between two machines ----

const ways = new Map();
for (const [src, dst, way] of data.pairs) {
    if (!ways.has(src)) ways.set(src, new Map());
    ways.get(src).set(dst, way);
}
const from = byId("from"), to = byId("to");
const isHost = (item) => data.layers[layerOf.get(item)]?.name === "hosts";
const hostOf = (machine) => (isHost(machine) ? machine : near[machine].find(isHost));
function options(select, items) {
    select.replaceChildren(...[...items].map((item) => names[item]).sort().map((name) => new Option(name, name)));
}
function showPath() {
    const src = numbers.get(from.value), dst = numbers.get(to.value);
    const way = data.ways[ways.get(src)?.get(dst)];
    if (!way) return;
    const found = wayBetween(data, way, src, dst, hostOf);
    choose(found);
    byId("path-text").textContent = found.text;
}
const targets = () => options(to, ways.get(numbers.get(from.value))?.keys() ?? []);
options(from, ways.keys());
targets();
from.addEventListener("change", () => { targets(); showPath(); });
to.addEventListener("change", showPath);
byId("path").addEventListener("submit", (event) => { event.preventDefault(); showPath(); });
showPath();

// ---- the heatmaps, two and two ----

function pair(box) {
    const figure = data.heatmaps.find((figure) => figure.kind === box.dataset.kind);
    const sides = [...box.querySelectorAll("figure")].map((side) => {
        const select = side.querySelector("select"), total = side.querySelector(".total");
        const map = () => figure.maps.find((map) => map.scenario === (select ? select.value : "base"));
        return { select, total, map, drawn: chart(side.querySelector(".chart"), "canvas") };
    });
    let window = whole(figure);
    const top = () => Math.max(1, ...sides.map((side) => greatest(summed(figure, side.map(), window, HEAT.most))));
    const draw = () => {
        window = whole(figure);
        for (const side of sides) {
            side.drawn.setOption(heatmap(figure, side.map(), top(), palette()), true);
            side.total.textContent = bytes(side.map().total) + " through the distribution layer";
        }
    };
    redraw(draw);
    // Both look at the same part; what is in sight is summed up anew once the hand rests.
    echarts.connect(sides.map((side) => side.drawn));
    const nearer = () => {
        const { drawn } = sides[0];
        const along = (axis, low, high) => [low, high].map((at) => drawn.convertFromPixel(axis, at)).sort((a, b) => a - b);
        const within = ([a, b], n) => [Math.max(0, Math.floor(a)), Math.min(n, Math.max(Math.floor(a) + 1, Math.ceil(b)))];
        window = {
            columns: within(along({ xAxisIndex: 0 }, HEAT.left, drawn.getWidth() - HEAT.right), figure.columns.length),
            rows: within(along({ yAxisIndex: 0 }, HEAT.top, drawn.getHeight() - HEAT.bottom), figure.rows.length),
        };
        const most = top();
        for (const side of sides) side.drawn.setOption(inSight(figure, side.map(), window, most, palette()).option);
    };
    let waiting = 0;
    sides[0].drawn.on("datazoom", () => { clearTimeout(waiting); waiting = setTimeout(nearer, 60); });
    sides[1].select.addEventListener("change", () => {
        const map = sides[1].map();
        sides[1].total.textContent = bytes(map.total) + " through the distribution layer";
        nearer();
    });
    box.querySelector("button").addEventListener("click", draw);
}
document.querySelectorAll(".pair").forEach(pair);

// ---- light, dark, other sizes, paper ----

const everything = () => figures.forEach(({ draw }) => draw?.());
function fit() {
    figures.forEach(({ drawn }) => drawn.resize());
    topology.setOption(layers(data, palette(), topology.getWidth(), selection));
}
dark.addEventListener("change", everything);
let resizing = 0;
addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(fit, 100); });
// Paper is light, and narrower than a screen; charts must have the width before the page is laid out for it.
function paper(on) {
    printing = on;
    document.documentElement.classList.toggle("printing", on);
    fit();
    everything();
}
addEventListener("beforeprint", () => paper(true));
addEventListener("afterprint", () => paper(false));
document.documentElement.dataset.drawn = "yes";
