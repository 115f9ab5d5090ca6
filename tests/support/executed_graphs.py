"""Graphs of functions as they are executed, after the graph optimizer."""

# What it leaves of a function has no public name.
from tensorflow.python.eager import context


def largest(call, scope=""):
  """Runs a call, and returns the nodes of its largest graph by name.

  Other threads may run functions of their own meanwhile; those with a node in
  a `scope` of the call's own are its.
  """
  context.enable_run_metadata()
  try:
    call()
    functions = context.export_run_metadata().function_graphs
    graphs = [
      function.post_optimization_graph
      for function in functions
      if any(
        scope in node.name for node in function.post_optimization_graph.node
      )
    ]
  finally:
    context.disable_run_metadata()
  nodes = max(graphs, key=lambda graph: len(graph.node)).node
  return {node.name: node for node in nodes}
