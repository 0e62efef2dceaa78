using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// A BERT encoder's ONNX model as it comes, ready to embed texts. A text is padded to a multiple of <see cref="LengthStep"/> and runs with those of the same padded length alone:
/// so the shapes that it is computed in, but for the number of texts, depend on it and on nothing beside it. Called from one thread at a time.
/// </summary>
internal sealed class BertEncoderSession : IEncoderSession, IDisposable
{
    private const int LengthStep = 8;

    private const string Ids = "input_ids", Mask = "attention_mask", Types = "token_type_ids";
    private static readonly string[] HiddenStates = ["last_hidden_state", "token_embeddings", "hidden_states"];

    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly string _output;

    private BertEncoderSession(InferenceSession session, string name, int maxTokens)
    {
        _session = session;
        MaxTokens = maxTokens;
        _inputs = [.. session.InputMetadata.Keys.Order(StringComparer.Ordinal)];
        var missing = _inputs.Contains(Ids) ? _inputs.FirstOrDefault(input => input is not (Ids or Mask or Types)) : Ids;
        if (missing is not null) throw new CheckpointException($"{name}: the ONNX model must take {Ids}, and of others only {Mask} and {Types}: {missing} is at fault.");
        if (_inputs.FirstOrDefault(input => session.InputMetadata[input].ElementDataType != TensorElementType.Int64) is { } narrow)
            throw new CheckpointException($"{name}: the ONNX model's {narrow} must be int64.");

        _output = HiddenStates.FirstOrDefault(session.OutputMetadata.ContainsKey)
            ?? throw new CheckpointException($"{name}: the ONNX model must yield {string.Join(" or ", HiddenStates)}.");
        var hidden = session.OutputMetadata[_output];
        if (hidden.ElementDataType != TensorElementType.Float || hidden.Dimensions is not [_, _, > 0])
            throw new CheckpointException($"{name}: the ONNX model's {_output} must be float32 of [texts, tokens, dimensions].");
        Dimensions = hidden.Dimensions[2];
    }

    /// <inheritdoc/>
    public int Dimensions { get; }

    /// <summary>Most tokens of a text.</summary>
    public int MaxTokens { get; }

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <param name="format">Float32, which is the model as it comes, or int8 (<see cref="OnnxQuantizer"/>), on the CPU.</param>
    /// <exception cref="CheckpointException">The model cannot be run.</exception>
    /// <exception cref="CudaUnavailableException">CUDA is asked for and libraries are missing.</exception>
    public static BertEncoderSession Load(BertModel model, int threads = 0, EngineDevice device = EngineDevice.Cpu, WeightFormat format = WeightFormat.Float32)
    {
        OnnxSessions.DisableTelemetry();
        using var options = OnnxSessions.Options(threads);
        if (device == EngineDevice.Cuda)
        {
            CudaProbe.CheckDevices(1);
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(CudaOptions);
            options.AppendExecutionProvider_CUDA(cuda);
        }

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
            return new BertEncoderSession(session, model.Name, model.Settings.MaxTokens);
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

    /// <summary>Means of hidden states, not normalised; one vector a text.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Lengths are out of range.</exception>
    public float[][] Encode(int[][] ids, int[][] poolMask)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i].Length < 1 || ids[i].Length > MaxTokens) throw new ArgumentException($"A text has {ids[i].Length} tokens; 1 to {MaxTokens} are permitted.", nameof(ids));
            if (poolMask[i].Length != ids[i].Length) throw new ArgumentException("A text's pooling mask must be as long as its tokens.", nameof(poolMask));
        }

        var vectors = new float[ids.Length][];
        foreach (var group in Enumerable.Range(0, ids.Length).GroupBy(i => Math.Min(MaxTokens, (ids[i].Length + LengthStep - 1) / LengthStep * LengthStep)))
            Run([.. group], group.Key, ids, poolMask, vectors);

        return vectors;
    }

    public void Dispose() => _session.Dispose();

    private static Dictionary<string, string> CudaOptions { get; } = new()
    {
        ["device_id"] = "0",
        ["arena_extend_strategy"] = "kSameAsRequested",
        ["use_tf32"] = "0",
    };

    private void Run(int[] texts, int length, int[][] ids, int[][] poolMask, float[][] vectors)
    {
        var (tokens, mask) = (new long[texts.Length * length], new long[texts.Length * length]);
        for (var row = 0; row < texts.Length; row++)
        {
            var text = ids[texts[row]];
            for (var i = 0; i < text.Length; i++) (tokens[(row * length) + i], mask[(row * length) + i]) = (text[i], 1);
        }

        var shape = new long[] { texts.Length, length };
        var values = Array.ConvertAll(_inputs, input => OrtValue.CreateTensorValueFromMemory(input switch { Ids => tokens, Mask => mask, _ => new long[tokens.Length] }, shape));
        try
        {
            using var options = new RunOptions();
            using var results = _session.Run(options, _inputs, values, [_output]);
            var hidden = results[0].GetTensorDataAsSpan<float>();
            for (var row = 0; row < texts.Length; row++) vectors[texts[row]] = Mean(hidden.Slice(row * length * Dimensions, length * Dimensions), poolMask[texts[row]]);
        }
        finally
        {
            foreach (var value in values) value.Dispose();
        }
    }

    private float[] Mean(ReadOnlySpan<float> hidden, int[] mask)
    {
        var mean = new float[Dimensions];
        var counted = 0;
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i] == 0) continue;
            TensorPrimitives.Add(mean, hidden.Slice(i * Dimensions, Dimensions), mean);
            counted++;
        }

        if (counted > 1) TensorPrimitives.Divide(mean, counted, mean);
        return mean;
    }
}
