using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// A BERT's ONNX model. A text is padded to a multiple of <see cref="LengthStep"/> and runs with those of the same padded length alone: so the shapes that it is computed in, but for the number
/// of texts, depend on it and on nothing beside it. Called from one thread at a time.
/// </summary>
internal sealed class PaddedBert : IDisposable
{
    private const int LengthStep = 8;

    private const string Ids = "input_ids", Mask = "attention_mask", Types = "token_type_ids";

    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly string _output;

    private PaddedBert(InferenceSession session, BertModel model, BertOutput wanted)
    {
        _session = session;
        MaxTokens = model.Settings.MaxTokens;
        _inputs = [.. session.InputMetadata.Keys.Order(StringComparer.Ordinal)];
        var missing = _inputs.Contains(Ids) ? _inputs.FirstOrDefault(input => input is not (Ids or Mask or Types)) : Ids;
        if (missing is not null) throw new CheckpointException($"{model.Name}: the ONNX model must take {Ids}, and of others only {Mask} and {Types}: {missing} is at fault.");
        if (wanted.NeedsTypes && !_inputs.Contains(Types)) throw new CheckpointException($"{model.Name}: the ONNX model must take {Types}.");
        if (_inputs.FirstOrDefault(input => session.InputMetadata[input].ElementDataType != TensorElementType.Int64) is { } narrow)
            throw new CheckpointException($"{model.Name}: the ONNX model's {narrow} must be int64.");
        _output = wanted.Names.FirstOrDefault(session.OutputMetadata.ContainsKey) ?? throw new CheckpointException($"{model.Name}: the ONNX model must yield {string.Join(" or ", wanted.Names)}.");
        var output = session.OutputMetadata[_output];
        if (output.ElementDataType != TensorElementType.Float || !wanted.Fits(output.Dimensions)) throw new CheckpointException($"{model.Name}: the ONNX model's {_output} must be float32 of {wanted.Shape}.");
        OutputShape = output.Dimensions;
    }

    /// <summary>Takes what the model yields for one text, padding included.</summary>
    public delegate void Reader(int text, ReadOnlySpan<float> output);

    /// <summary>Most tokens of a text.</summary>
    public int MaxTokens { get; }

    /// <summary>The output's dimensions; -1 where they vary.</summary>
    public IReadOnlyList<int> OutputShape { get; }

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <param name="format">Float32, which is the model as it comes, or int8 (<see cref="OnnxQuantizer"/>), on the CPU.</param>
    /// <exception cref="CheckpointException">The model cannot be run.</exception>
    /// <exception cref="CudaUnavailableException">CUDA is asked for and libraries are missing.</exception>
    public static PaddedBert Load(BertModel model, BertOutput output, int threads, EngineDevice device, WeightFormat format = WeightFormat.Float32)
    {
        OnnxSessions.DisableTelemetry();
        using var options = OnnxSessions.Options(threads);
        using var cuda = device == EngineDevice.Cuda ? EncoderCuda.Options() : null;
        if (cuda is not null) options.AppendExecutionProvider_CUDA(cuda);
        InferenceSession? session = null;
        try
        {
            var (path, bytes) = model.OpenGraph();
            if (WeightFormats.QuantizedBits(format) is > 0 and var bits)
            {
                ServerlessOperators.Register(options);
                (path, bytes) = (null, OnnxQuantizer.Quantize(model.Name, bytes ?? File.ReadAllBytes(path!), bits));
            }

            session = path is null ? new InferenceSession(bytes!, options) : new InferenceSession(path, options);
            return new PaddedBert(session, model, output);
        }
        catch (OnnxRuntimeException e)
        {
            throw new CheckpointException($"{model.Name}: the ONNX model cannot be loaded: {e.Message}", e);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <param name="ids">Of each text, 1 to <see cref="MaxTokens"/>.</param>
    /// <param name="types">The segment of each id; null for 0.</param>
    /// <param name="read">Called once for each text, in any order.</param>
    /// <exception cref="ArgumentException">A length is out of range.</exception>
    public void Run(IReadOnlyList<int[]> ids, IReadOnlyList<int[]>? types, Reader read)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            if (ids[i].Length < 1 || ids[i].Length > MaxTokens) throw new ArgumentException($"A text has {ids[i].Length} tokens; 1 to {MaxTokens} are permitted.", nameof(ids));
        }

        foreach (var group in Enumerable.Range(0, ids.Count).GroupBy(i => Math.Min(MaxTokens, (ids[i].Length + LengthStep - 1) / LengthStep * LengthStep)))
            Run([.. group], group.Key, ids, types, read);
    }

    public void Dispose() => _session.Dispose();

    private void Run(int[] texts, int length, IReadOnlyList<int[]> ids, IReadOnlyList<int[]>? types, Reader read)
    {
        var (tokens, mask, segments) = (new long[texts.Length * length], new long[texts.Length * length], new long[texts.Length * length]);
        for (var row = 0; row < texts.Length; row++)
        {
            var text = ids[texts[row]];
            for (var i = 0; i < text.Length; i++) (tokens[(row * length) + i], mask[(row * length) + i], segments[(row * length) + i]) = (text[i], 1, types?[texts[row]][i] ?? 0);
        }

        var shape = new long[] { texts.Length, length };
        var values = Array.ConvertAll(_inputs, input => OrtValue.CreateTensorValueFromMemory(input switch { Ids => tokens, Mask => mask, _ => segments }, shape));
        try
        {
            using var options = new RunOptions();
            using var results = _session.Run(options, _inputs, values, [_output]);
            var output = results[0].GetTensorDataAsSpan<float>();
            if (output.Length % texts.Length != 0) throw new InvalidDataException($"The model yields {output.Length} numbers for {texts.Length} texts.");
            var each = output.Length / texts.Length;
            for (var row = 0; row < texts.Length; row++) read(texts[row], output.Slice(row * each, each));
        }
        finally
        {
            foreach (var value in values) value.Dispose();
        }
    }
}
