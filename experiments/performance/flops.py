"""Floating point operations of a traced function, counted by formula.

A multiplication and an addition are two operations. Products of matrices and
convolutions with their gradients are counted, which are nearly all of it;
element-wise work is not.
"""

import math
from collections.abc import Iterator

import tensorflow as tf


def count(function: tf.types.experimental.ConcreteFunction) -> float:
  """Counts the operations of one call.

  Args:
    function: A function traced with static shapes, the batch included.

  Raises:
    ValueError: If a shape that a formula needs is not static.
  """
  return sum(_of_operation(op) for op in _operations(function.graph, set()))


def _operations(graph: tf.Graph, seen: set[str]) -> Iterator[tf.Operation]:
  """Yields a graph's nodes and, for each call, those of the called function."""
  for op in graph.get_operations():
    yield op
    for name in _called(op):
      if name in seen:
        raise ValueError(f"{name} calls itself, so nothing can be counted.")
      definition = graph._get_function(name)  # pylint: disable=protected-access
      if definition is not None:
        yield from _operations(definition.graph, seen | {name})


def _called(op: tf.Operation) -> list[str]:
  if op.type not in ("PartitionedCall", "StatefulPartitionedCall"):
    return []
  return [op.get_attr("f").name]


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
