using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>A tensor in the host's memory, row-major, on its way to a session.</summary>
internal sealed record HostTensor(string Name, TensorElementType Type, long[] Shape, nint Data, long Bytes);
