"""Floating point operations of a traced function, counted by formula.

A multiplication and an addition are two operations. Products of matrices and
convolutions with their gradients are counted, which are nearly all of it;
element-wise work is not. Of alternatives the costliest counts, and the body of
a loop counts as often as the loop may turn.
"""

import math

import tensorflow as tf


def count(function: tf.types.experimental.ConcreteFunction) -> float:
  """Counts the operations of one call.

  Args:
    function: A function traced with static shapes, the batch included.

  Raises:
    ValueError: If a shape that a formula needs is not static, or a loop with
      something to count in it has no `maximum_iterations`.
  """
  return _of_graph(function.graph, frozenset())


def _of_graph(graph: tf.Graph, callers: frozenset[str]) -> float:
  return sum(
    _of_operation(op) + _of_functions(op, callers)
    for op in graph.get_operations()
  )


def _of_functions(op: tf.Operation, callers: frozenset[str]) -> float:
  """Counts what the functions that a node calls do."""

  def inside(attribute):
    name = op.get_attr(attribute).name
    if name in callers:
      raise ValueError(f"{name} calls itself, so nothing can be counted.")
    function = op.graph._get_function(name)  # pylint: disable=protected-access
    return (
      0.0 if function is None else _of_graph(function.graph, callers | {name})
    )

  if op.type in ("PartitionedCall", "StatefulPartitionedCall"):
    return inside("f")
  if op.type in ("If", "StatelessIf"):
    return max(inside("then_branch"), inside("else_branch"))
  if op.type in ("While", "StatelessWhile"):
    turn = inside("body") + inside("cond")
    return turn * _turns(op) if turn else 0.0
  return 0.0


def _turns(loop: tf.Operation) -> int:
  # A loop's second input is its `maximum_iterations`, -1 where it has none.
  turns = tf.get_static_value(loop.inputs[1])
  if turns is None or turns < 0:
    raise ValueError(
      f"{loop.name} turns an unknown number of times; give the loop "
      "maximum_iterations."
    )
  return int(turns)


def _of_operation(op: tf.Operation) -> float:
  if op.type in ("MatMul", "BatchMatMulV2"):
    contracted = _shape(op.inputs[0])[-2 if _adjoint(op) else -1]
    return 2.0 * math.prod(_shape(op.outputs[0])) * contracted
  if op.type in ("Conv2D", "_FusedConv2D"):
    return _convolution(op.outputs[0], _shape(op.inputs[1]))
  if op.type == "Conv2DBackpropInput":
    return _convolution(op.inputs[2], _shape(op.inputs[1]))
  if op.type == "Conv2DBackpropFilter":
    return _convolution(op.inputs[2], _shape(op.outputs[0]))
  if op.type == "Einsum":
    return _einsum(op)
  return 0.0


def _convolution(forward_output: tf.Tensor, kernel: tuple[int, ...]) -> float:
  """Counts a convolution or a gradient: each output sums over the kernel."""
  height, width, channels, _ = kernel
  return 2.0 * math.prod(_shape(forward_output)) * height * width * channels


def _einsum(op: tf.Operation) -> float:
  equation = op.get_attr("equation").decode()
  sides = {}
  terms = equation.split("->")[0].split(",")
  for term, tensor in zip(terms, op.inputs, strict=True):
    sides.update(zip(term, _shape(tensor), strict=True))
  return 2.0 * math.prod(sides.values()) if len(terms) > 1 else 0.0


def _adjoint(op: tf.Operation) -> bool:
  name = "transpose_a" if op.type == "MatMul" else "adj_x"
  return op.get_attr(name)


def _shape(tensor: tf.Tensor) -> tuple[int, ...]:
  shape = tensor.shape
  if shape.rank is None or None in tuple(shape):
    raise ValueError(
      f"{tensor.name} has no static shape; trace with a batch of known size."
    )
  return tuple(shape)
