using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// A BERT cross-encoder's ONNX model as it comes, ready to score pairs. As with texts to embed (<see cref="BertEncoderSession"/>), a pair is padded to a multiple of <see cref="LengthStep"/> and runs
/// with those of the same padded length alone. Called from one thread at a time.
/// </summary>
internal sealed class CrossEncoderSession : IEncoderSession, IDisposable
{
    private const int LengthStep = 8;

    private const string Ids = "input_ids", Mask = "attention_mask", Types = "token_type_ids", Logits = "logits";

    private readonly InferenceSession _session;
    private readonly string[] _inputs;

    private CrossEncoderSession(InferenceSession session, string name, int maxTokens)
    {
        _session = session;
        MaxTokens = maxTokens;
        _inputs = [.. session.InputMetadata.Keys.Order(StringComparer.Ordinal)];
        var missing = _inputs.Contains(Ids) ? _inputs.FirstOrDefault(input => input is not (Ids or Mask or Types)) : Ids;
        if (missing is not null) throw new CheckpointException($"{name}: the ONNX model must take {Ids}, and of others only {Mask} and {Types}: {missing} is at fault.");
        if (_inputs.FirstOrDefault(input => session.InputMetadata[input].ElementDataType != TensorElementType.Int64) is { } narrow)
            throw new CheckpointException($"{name}: the ONNX model's {narrow} must be int64.");
        // Without segments query and document would be one text.
        if (!_inputs.Contains(Types)) throw new CheckpointException($"{name}: the ONNX model must take {Types}.");
        if (!session.OutputMetadata.TryGetValue(Logits, out var logits)) throw new CheckpointException($"{name}: the ONNX model must yield {Logits}.");
        if (logits.ElementDataType != TensorElementType.Float || logits.Dimensions is not ([_, 1] or [_, -1]))
            throw new CheckpointException($"{name}: the ONNX model's {Logits} must be float32 of [pairs, 1].");
    }

    /// <inheritdoc/>
    public int Dimensions => 1;

    /// <summary>Most tokens of a pair.</summary>
    public int MaxTokens { get; }

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <exception cref="CheckpointException">The model cannot be run.</exception>
    /// <exception cref="CudaUnavailableException">CUDA is asked for and libraries are missing.</exception>
    public static CrossEncoderSession Load(RerankerFolder model, int threads = 0, EngineDevice device = EngineDevice.Cpu)
    {
        OnnxSessions.DisableTelemetry();
        using var options = OnnxSessions.Options(threads);
        using var cuda = device == EngineDevice.Cuda ? EncoderCuda.Options() : null;
        if (cuda is not null) options.AppendExecutionProvider_CUDA(cuda);
        InferenceSession? session = null;
        try
        {
            session = new InferenceSession(model.OpenGraph().Path!, options);
            return new CrossEncoderSession(session, model.Name, model.Settings.MaxTokens);
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

    /// <summary>One logit a pair.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Lengths or segments are out of range.</exception>
    /// <exception cref="InvalidDataException">The model gives no number.</exception>
    public float[][] Encode(int[][] ids, int[][] marks)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i].Length < 1 || ids[i].Length > MaxTokens) throw new ArgumentException($"A pair has {ids[i].Length} tokens; 1 to {MaxTokens} are permitted.", nameof(ids));
            if (marks[i].Length != ids[i].Length || marks[i].Any(segment => segment is not (0 or 1)))
                throw new ArgumentException("A pair's segments must be 0 or 1, as many as its tokens.", nameof(marks));
        }

        var scores = new float[ids.Length][];
        foreach (var group in Enumerable.Range(0, ids.Length).GroupBy(i => Math.Min(MaxTokens, (ids[i].Length + LengthStep - 1) / LengthStep * LengthStep)))
            Run([.. group], group.Key, ids, marks, scores);

        return scores;
    }

    public void Dispose() => _session.Dispose();

    private void Run(int[] pairs, int length, int[][] ids, int[][] segments, float[][] scores)
    {
        var (tokens, mask, types) = (new long[pairs.Length * length], new long[pairs.Length * length], new long[pairs.Length * length]);
        for (var row = 0; row < pairs.Length; row++)
        {
            var (pair, segment) = (ids[pairs[row]], segments[pairs[row]]);
            for (var i = 0; i < pair.Length; i++) (tokens[(row * length) + i], mask[(row * length) + i], types[(row * length) + i]) = (pair[i], 1, segment[i]);
        }

        var shape = new long[] { pairs.Length, length };
        var values = Array.ConvertAll(_inputs, input => OrtValue.CreateTensorValueFromMemory(input switch { Ids => tokens, Mask => mask, _ => types }, shape));
        try
        {
            using var options = new RunOptions();
            using var results = _session.Run(options, _inputs, values, [Logits]);
            var logits = results[0].GetTensorDataAsSpan<float>();
            if (logits.Length != pairs.Length) throw new InvalidDataException($"The model gives {logits.Length} logits for {pairs.Length} pairs.");
            for (var row = 0; row < pairs.Length; row++) scores[pairs[row]] = float.IsFinite(logits[row]) ? [logits[row]] : throw new InvalidDataException("The model gives a logit that is no number.");
        }
        finally
        {
            foreach (var value in values) value.Dispose();
        }
    }
}
