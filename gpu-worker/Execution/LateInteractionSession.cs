using System.Numerics.Tensors;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Late interaction over an encoder that embeds: query and document are encoded apart, and each of the query's tokens is compared with that of the document's which is most like it (MaxSim; Khattab and
/// Zaharia, "ColBERT", 2020). The score is the mean over the query's tokens, [CLS] and [SEP] included, of these cosines of last hidden states. A mean of a whole passage says what it is about; this also sees the one
/// sentence that answers. Called from one thread at a time.
/// </summary>
internal sealed class LateInteractionSession : IEncoderSession, IDisposable
{
    private readonly PaddedBert _model;
    private readonly int _width;

    /// <param name="model">Yields <see cref="BertOutput.HiddenStates"/>; this disposes of it.</param>
    public LateInteractionSession(PaddedBert model) => (_model, _width) = (model, model.OutputShape[2]);

    /// <inheritdoc/>
    public int Dimensions => 1;

    /// <summary>Most tokens of query and document together: the model's length for each.</summary>
    public int MaxTokens => 2 * _model.MaxTokens;

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <exception cref="CheckpointException">The model cannot be run.</exception>
    /// <exception cref="CudaUnavailableException">CUDA is asked for and libraries are missing.</exception>
    public static LateInteractionSession Load(BertModel encoder, int threads = 0, EngineDevice device = EngineDevice.Cpu) =>
        new(PaddedBert.Load(encoder, BertOutput.HiddenStates, threads, device));

    /// <summary>One score a pair, -1..1.</summary>
    /// <param name="ids">Of each pair the query's ids, then the document's, each framed by its special tokens.</param>
    /// <param name="marks">0 for the query's, 1 for the document's.</param>
    /// <exception cref="ArgumentException">Lengths or marks are out of range.</exception>
    public float[][] Encode(int[][] ids, int[][] marks)
    {
        var splits = marks.Select((segments, pair) => Split(ids[pair], segments)).ToArray();
        // One query has many documents: it is encoded once a batch.
        var texts = new List<int[]>();
        var queries = new Dictionary<string, int>(StringComparer.Ordinal);
        var places = new (int Query, int Document)[ids.Length];
        for (var pair = 0; pair < ids.Length; pair++)
        {
            var query = ids[pair][..splits[pair]];
            var key = string.Join(' ', query);
            if (!queries.TryGetValue(key, out var place))
            {
                queries[key] = place = texts.Count;
                texts.Add(query);
            }

            places[pair] = (place, texts.Count);
            texts.Add(ids[pair][splits[pair]..]);
        }

        var states = new float[texts.Count][];
        _model.Run(texts, null, (text, output) => states[text] = UnitRows(output[..(texts[text].Length * _width)]));
        return [.. places.Select(pair => new[] { MaxSim(states[pair.Query], states[pair.Document]) })];
    }

    public void Dispose() => _model.Dispose();

    /// <summary>Where the document begins.</summary>
    private static int Split(int[] ids, int[] marks)
    {
        var first = Array.IndexOf(marks, 1);
        if (marks.Length != ids.Length || first <= 0 || marks[..first].Any(mark => mark != 0) || marks[first..].Any(mark => mark != 1))
            throw new ArgumentException("A pair must be a query, marked 0, and a document, marked 1.", nameof(marks));
        return first;
    }

    private float[] UnitRows(ReadOnlySpan<float> states)
    {
        var rows = states.ToArray();
        for (var at = 0; at < rows.Length; at += _width)
        {
            var row = rows.AsSpan(at, _width);
            var norm = TensorPrimitives.Norm<float>(row);
            if (norm > 1e-12f) TensorPrimitives.Divide(row, norm, row);
        }

        return rows;
    }

    private float MaxSim(float[] query, float[] document)
    {
        var sum = 0f;
        for (var at = 0; at < query.Length; at += _width)
        {
            var best = -1f;
            for (var other = 0; other < document.Length; other += _width)
                best = Math.Max(best, TensorPrimitives.Dot<float>(query.AsSpan(at, _width), document.AsSpan(other, _width)));
            sum += best;
        }

        return sum / (query.Length / _width);
    }
}
