using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model;

/// <summary>A weight as the graph takes it: the value is bound to the input of the same name.</summary>
/// <param name="QuantizedRows">Rows of a matrix that lies in <see cref="PackedLayout"/>; 0 for any other.</param>
internal sealed record StoredWeight(string Name, TensorElementType Type, long[] Shape, OrtValue Value, int QuantizedRows = 0);
