using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// A session's inputs and outputs, bound for the steps of one CUDA graph or for those that run without. Its bounds for attention lie in the
/// host's memory at an address of their own, since a captured graph holds on to what it saw.
/// </summary>
internal sealed unsafe class CudaStepBinding : IDisposable
{
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly IDeviceTensor[] _perToken, _perSequence, _perRow, _outputs;
    private readonly IDeviceTensor _lengths;
    private readonly int* _bounds;
    private readonly OrtValue _boundsValue;
    private CudaStepShape _bound;

    /// <param name="graphId">-1 for steps without a graph.</param>
    /// <param name="perRow">Inputs with a row for each sampled one.</param>
    /// <param name="outputs">With a row for each sampled one.</param>
    public CudaStepBinding(
        InferenceSession session,
        int graphId,
        IDeviceTensor[] perToken,
        IDeviceTensor[] perSequence,
        IDeviceTensor lengths,
        IDeviceTensor[] perRow,
        IDeviceTensor[] outputs)
    {
        (_perToken, _perSequence, _lengths, _perRow, _outputs) = (perToken, perSequence, lengths, perRow, outputs);
        _binding = session.CreateIoBinding();
        // Key of onnxruntime_run_options_config_keys.h; a provider that knows no graphs ignores it.
        _runOptions.AddRunConfigEntry("gpu_graph_id", graphId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        // The session's stream is the device's own: the copy of the logits is ordered behind the run, and waiting for it is enough.
        _runOptions.AddRunConfigEntry("disable_synchronize_execution_providers", "1");
        _bounds = (int*)NativeMemory.AllocZeroed(2, sizeof(int));
        _boundsValue = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Int32, [2], (nint)_bounds, 2 * sizeof(int));
        _binding.BindInput(CudaLlamaNodes.AttentionMetadata, _boundsValue);
    }

    /// <summary>Binds an input that stays what it is.</summary>
    public void Add(string input, OrtValue value) => _binding.BindInput(input, value);

    public void Bind(CudaStepShape shape)
    {
        (_bounds[0], _bounds[1]) = (shape.MaxQuery, shape.MaxLength);
        if (shape.Tokens != _bound.Tokens)
            foreach (var tensor in _perToken)
                _binding.BindInput(tensor.Name, tensor.Value(shape.Tokens));

        if (shape.Sequences != _bound.Sequences)
        {
            foreach (var tensor in _perSequence)
                _binding.BindInput(tensor.Name, tensor.Value(shape.Sequences));

            _binding.BindInput(_lengths.Name, _lengths.Value(shape.Sequences + 1));
        }
        if (shape.Rows != _bound.Rows)
        {
            foreach (var tensor in _perRow)
                _binding.BindInput(tensor.Name, tensor.Value(shape.Rows));

            foreach (var tensor in _outputs)
                _binding.BindOutput(tensor.Name, tensor.Value(shape.Rows));
        }
        _bound = shape;
    }

    public void Run(InferenceSession session) => session.RunWithBinding(_runOptions, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        _runOptions.Dispose();
        _boundsValue.Dispose();
        NativeMemory.Free(_bounds);
    }
}
