using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// A T5 encoder with pooling, ready to embed texts: a Hugging Face checkpoint folder, with sentence-transformers' <c>2_Dense</c> where the
/// model has one. Texts of a batch are packed, not padded, and do not influence each other's vectors. Safe for concurrent calls.
/// </summary>
public sealed class T5EncoderSession : IDisposable
{
    private readonly List<IDisposable> _owned;
    private readonly InferenceSession _session;
    private readonly string[] _inputNames;
    private readonly OrtValue[] _weights;

    private T5EncoderSession(T5Config config, InferenceSession session, IEnumerable<StoredWeight> weights, List<IDisposable> owned)
    {
        Config = config;
        _session = session;
        _owned = owned;
        var stored = weights.ToList();
        _inputNames = [T5Graph.InputIds, T5Graph.PoolMask, T5Graph.CumulativeLengths, .. stored.Select(w => w.Name)];
        _weights = [.. stored.Select(w => w.Value)];
    }

    public T5Config Config { get; }

    /// <summary>Length of a vector.</summary>
    public int Dimensions => Config.Dimensions;

    /// <summary>Most tokens of a text.</summary>
    public int MaxTokens => Config.MaxTokens;

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <param name="format">How matrices are held; null for float32, or for what a converted folder has.</param>
    /// <exception cref="CheckpointException">The folder does not hold a T5 encoder that can be run.</exception>
    public static T5EncoderSession Load(string checkpointPath, int threads = 0, WeightFormat? format = null)
    {
        var config = T5Config.Read(checkpointPath);
        var owned = new List<IDisposable>();
        try
        {
            var folder = Own(T5Folder.Open(checkpointPath, config, format));
            var weights = Own(folder.Load());
            byte[] graph = T5Graph.Build(config, folder.Embedding, weights);
            var session = Own(OnnxSessions.Create(graph, threads));
            return new T5EncoderSession(config, session, weights.Weights, owned);
        }
        catch
        {
            Release(owned);
            throw;
        }

        T Own<T>(T part)
            where T : IDisposable
        {
            owned.Add(part);
            return part;
        }
    }

    /// <summary>Vectors of unit length, one a text.</summary>
    /// <param name="ids">The texts' tokens, 1 to <see cref="MaxTokens"/> each.</param>
    /// <param name="poolMask">As long as the ids: 1 where a token counts in the mean, 0 where it does not. All zeros give a vector of zeros.</param>
    /// <exception cref="ArgumentException">Lengths or ids are out of range.</exception>
    public float[][] Encode(IReadOnlyList<int[]> ids, IReadOnlyList<int[]> poolMask)
    {
        if (ids.Count == 0)
            return [];

        var lengths = new int[ids.Count + 1];
        for (int i = 0; i < ids.Count; i++)
        {
            Check(ids[i], i < poolMask.Count ? poolMask[i] : []);
            lengths[i + 1] = lengths[i] + ids[i].Length;
        }
        using var idValue = Vector([.. ids.SelectMany(text => text)]);
        using var maskValue = Vector([.. poolMask.SelectMany(mask => mask)]);
        using var lengthValue = Vector(lengths);
        using var options = new RunOptions();
        using var results = _session.Run(options, _inputNames, [idValue, maskValue, lengthValue, .. _weights], [T5Graph.Vectors]);
        return [.. results[0].GetTensorDataAsSpan<float>().ToArray().Chunk(Dimensions)];
    }

    public void Dispose() => Release(_owned);

    private static OrtValue Vector(int[] values) => OrtValue.CreateTensorValueFromMemory(values, [values.Length]);

    private void Check(int[] ids, int[] mask)
    {
        if (ids.Length < 1 || ids.Length > MaxTokens)
            throw new ArgumentException($"A text has {ids.Length} tokens; 1 to {MaxTokens} are permitted.", nameof(ids));

        if (mask.Length != ids.Length)
            throw new ArgumentException("A text's pooling mask must be as long as its tokens.", nameof(mask));

        foreach (int id in ids)
            if ((uint)id >= (uint)Config.VocabularySize)
                throw new ArgumentException($"A token id is outside the vocabulary of {Config.VocabularySize}.", nameof(ids));
    }

    private static void Release(List<IDisposable> owned)
    {
        for (int i = owned.Count - 1; i >= 0; i--)
            owned[i].Dispose();

        owned.Clear();
    }
}
