namespace Serverless.GpuWorker.Scheduling;

/// <summary>What a model takes of its device, in bytes, when it has been warmed up; of several ranks that of rank 0.</summary>
/// <param name="Steps">What was taken by running the largest prompt and capturing the graphs: activations, workspaces, graphs, kernels, and what other processes took meanwhile.</param>
/// <param name="Free">What nobody has.</param>
public readonly record struct DeviceMemory(long Weights, long Cache, long Steps, long Free);
