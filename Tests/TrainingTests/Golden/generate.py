"""AdamW and learning rates as torch computes them. Made with torch 2.15."""

import json
import math
import pathlib

import torch

torch.set_num_threads(1)


def adamw(decay, learning_rate, beta1, beta2, epsilon):
    """Fifteen steps down f(x) = Σ c (x - t)² with two matrices, the second without decay."""
    generator = torch.Generator().manual_seed(7)
    shapes = [(3, 4), (1, 5)]
    start = [torch.randn(shape, generator=generator) for shape in shapes]
    targets = [torch.randn(shape, generator=generator) for shape in shapes]
    factors = [torch.rand(shape, generator=generator) * 4 for shape in shapes]
    parameters = [torch.nn.Parameter(x.clone()) for x in start]
    optimiser = torch.optim.AdamW(
        [
            {"params": parameters[:1], "weight_decay": decay},
            {"params": parameters[1:], "weight_decay": 0.0},
        ],
        lr=learning_rate,
        betas=(beta1, beta2),
        eps=epsilon,
        foreach=False,
    )
    path = []
    for _ in range(15):
        optimiser.zero_grad()
        loss = sum((c * (x - t) ** 2).sum() for c, x, t in zip(factors, parameters, targets))
        loss.backward()
        optimiser.step()
        path.append([x.detach().flatten().tolist() for x in parameters])
    return {
        "decay": decay,
        "learningRate": learning_rate,
        "beta1": beta1,
        "beta2": beta2,
        "epsilon": epsilon,
        "start": [x.flatten().tolist() for x in start],
        "targets": [x.flatten().tolist() for x in targets],
        "factors": [x.flatten().tolist() for x in factors],
        "path": path,
    }


def rates(kind, steps, warm_up, floor):
    """The factors of `steps` steps."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0)
    schedules = torch.optim.lr_scheduler
    if kind == "cosine":
        fall = schedules.CosineAnnealingLR(optimiser, T_max=steps - warm_up, eta_min=floor)
    else:
        fall = schedules.LinearLR(optimiser, 1.0, floor, total_iters=steps - warm_up)
    if warm_up > 0:
        rise = schedules.LinearLR(optimiser, 1 / warm_up, 1.0, total_iters=warm_up - 1)
        fall = schedules.SequentialLR(optimiser, [rise, fall], milestones=[warm_up])
    factors = []
    for _ in range(steps):
        factors.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        fall.step()
    return {"kind": kind, "steps": steps, "warmUp": warm_up, "floor": floor, "factors": factors}


def clipped(limit):
    generator = torch.Generator().manual_seed(3)
    parameters = [torch.nn.Parameter(torch.zeros(shape)) for shape in [(2, 3), (1, 4)]]
    for x in parameters:
        x.grad = torch.randn(x.shape, generator=generator)
    before = [x.grad.flatten().tolist() for x in parameters]
    norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
    return {
        "limit": limit,
        "before": before,
        "norm": norm.item(),
        "after": [x.grad.flatten().tolist() for x in parameters],
    }


golden = {
    "adamw": [adamw(0.1, 0.05, 0.9, 0.999, 1e-8), adamw(0.0, 0.01, 0.8, 0.95, 1e-3)],
    "rates": [
        rates("cosine", 20, 5, 0.1),
        rates("cosine", 12, 0, 0.0),
        rates("linear", 20, 4, 0.25),
        rates("linear", 9, 0, 0.1),
    ],
    "clipping": [clipped(1.0), clipped(100.0)],
}
assert all(math.isfinite(f) for r in golden["rates"] for f in r["factors"])
path = pathlib.Path(__file__).with_name("training.json")
path.write_text(json.dumps(golden, indent=1) + "\n")
