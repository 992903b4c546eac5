"""The square root of a symmetric matrix in PyTorch, with its gradient."""

import torch


class Root(torch.autograd.Function):
    """A^(1/2) by eigenvalues; the gradient Q solves A^(1/2) Q + Q A^(1/2) = gradient in their basis."""

    @staticmethod
    def forward(context, matrix):
        values, vectors = torch.linalg.eigh(matrix)
        roots = values.clamp(min=0).sqrt()
        context.save_for_backward(roots, vectors)
        return vectors @ torch.diag(roots) @ vectors.T

    @staticmethod
    def backward(context, gradient):
        roots, vectors = context.saved_tensors
        sums = roots[:, None] + roots[None, :]
        return vectors @ ((vectors.T @ gradient @ vectors) / sums) @ vectors.T
