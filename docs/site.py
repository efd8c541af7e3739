"""Makes the graph of dbt's documentation readable: what it shows first, where, and in which colours. Run by `make docs`."""

import sys
from pathlib import Path

# Each text of dbt's page, which must be there exactly once, so that a new dbt cannot undo this unnoticed.
CHANGES = {
    # The first click shows no tests and no seeds. People can choose them under "resources".
    'tags:[null],resource_types:["model","seed","snapshot","source","test","unit_test","analysis","exposure","metric","semantic_model",'
    '"saved_query","function"],depth:1}': 'tags:[null],resource_types:["model","source","exposure","metric"],depth:1}',
    "var t=r.assign({},l.options);e?": "var t=r.assign({},l.options,{resource_types:l.selection.clean.resource_types});e?",
    'r.assign({},l.options,{include:"+"+e+"+",': 'r.assign({},l.options,{resource_types:l.selection.clean.resource_types,include:"+"+e+"+",',
    # Labels are dark, because nodes are light. Only chosen nodes are dark.
    '"font-size":"24px",shape:"roundrectangle",color:"#fff",width:"label",height:"label",padding:"12px"': '"font-size":"24px",'
    'shape:"roundrectangle",color:"#000",width:"label",height:"label",padding:"5px"',
    '"text-outline-color":"#000","text-outline-width":"1px"': '"text-outline-width":"0px"',
    'style:{"background-color":"#88447d","border-color":"#88447d"}': 'style:{"background-color":"#88447d","border-color":"#88447d",color:"#fff"}',
    # One column for each step makes more columns than a screen holds.
    '{name:"dagre",rankDir:"LR",rankSep:200,edgeSep:30,nodeSep:50}': '{name:"preset",padding:10,positions:placeInLayers}',
    # Metrics hang on the marts also where the semantic models between them are not shown.
    "r.each(A.manifest.parent_map,(function(e,t){": "r.each(A.manifest.parent_map,(function(e,t){e=acrossSemanticModels(e,A.manifest.parent_map);",
}
SCRIPT = """<script>
function acrossSemanticModels(parents, all) {
  return parents.concat(...parents.filter(id => id.startsWith("semantic_model.")).map(id => all[id]))
}
// Beside each other: sources, the layers, metrics above dashboards. The many models of int_* fill three columns, the deepest last.
function placeInLayers(node) {
  const shown = node.cy().nodes(":visible"), depths = new Map(), columns = [[], [], [], [], [], [], [], []]
  const depth = one => {
    if (!depths.has(one.id())) depths.set(one.id(), 1 + Math.max(0, ...one.incomers("node:visible").map(depth)))
    return depths.get(one.id())
  }
  const inner = []
  shown.sort((a, b) => depth(a) - depth(b) || a.id().localeCompare(b.id())).forEach(one => {
    const {resource_type, name, fqn} = one.data()
    const layer = {base: 1, stg: 2, int: 3}[name.split("_")[0]]
    if (resource_type === "source" || resource_type === "seed") columns[0].push(one)
    else if (resource_type !== "model") columns[7].push(one)
    else if (fqn.includes("marts")) columns[6].push(one)
    else if (layer < 3) columns[layer].push(one)
    else inner.push(one)
  })
  inner.forEach((one, index) => columns[3 + Math.floor(3 * index / inner.length)].push(one))
  const order = {metric: 0, exposure: 1}
  columns[7].sort((a, b) => order[a.data("resource_type")] - order[b.data("resource_type")])
  let x = 0
  for (const column of columns.filter(column => column.length)) {
    const width = Math.max(...column.map(one => one.outerWidth()))
    const index = column.findIndex(one => one.same(node))
    if (index >= 0) return {x: x + width / 2, y: (index - (column.length - 1) / 2) * 44}
    x += width + 30
  }
  return {x: 0, y: 0}
}
</script>
"""

source, target = map(Path, sys.argv[1:])
page = source.read_text(encoding="utf-8")
for old, new in CHANGES.items():
    if page.count(old) != 1:
        sys.exit(f"This dbt's page has {page.count(old)} times in place of once: {old}")
    page = page.replace(old, new)
target.parent.mkdir(exist_ok=True)
target.write_text(page.replace("<head>", "<head>" + SCRIPT, 1), encoding="utf-8")
