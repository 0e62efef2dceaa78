using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Steps;
using Serverless.Functions.Ingestion.Transfers.Restores;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Vectors;

/// <summary>
/// Vectors of chunks: found again where a text was embedded before by the same model with the same instruction (by this instance, in the index, in a document
/// that has just gone), embedded where not. Equal texts are embedded once.
/// </summary>
public sealed class ChunkEmbedder(IGateway gateway, ChunkVectors indexed, RecentVectors recent, RetiredVectors retired, RestoredVectors restored, IOptions<IngestionOptions> options)
{
    /// <param name="shelves">Blobs of <see cref="RetiredVectors"/> to look into.</param>
    public async Task<EmbeddedChunks> EmbedAsync(
        PassRef pass, IReadOnlyList<ChunkRecord> chunks, IReadOnlyCollection<string> shelves, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(chunks);
        // A pass of an earlier version knows no model: nothing is found by its keys, and nobody else finds them.
        var keys = chunks.Select(chunk => VectorKey.Of(pass.Settings, chunk.Id) ?? chunk.Id).ToList();
        var texts = new Dictionary<string, ChunkRecord>(StringComparer.Ordinal);
        for (var i = 0; i < keys.Count; i++) texts.TryAdd(keys[i], chunks[i]);

        var found = new ConcurrentDictionary<string, ReadOnlyMemory<float>>(StringComparer.Ordinal);
        var spent = new StrongBox<long>();
        if (pass.Force)
        {
            await CallAsync(pass, texts, [.. texts.Keys], found, spent, cancellationToken);
        }
        else
        {
            if (pass.Settings.Model is not null) await LookUpAsync(pass, texts.Keys, shelves, found, cancellationToken);
            while (Missing(texts, found) is { Count: > 0 } missing) await EmbedOrWaitAsync(pass, texts, missing, found, spent, cancellationToken);
        }

        var price = spent.Value == 0 ? null : await gateway.EmbeddingPriceAsync(pass.Settings.Route, cancellationToken);
        return new EmbeddedChunks(keys.ConvertAll(key => found[key]), spent.Value, price?.Cost(spent.Value, 0, 0) ?? 0);
    }

    private static List<string> Missing(Dictionary<string, ChunkRecord> texts, ConcurrentDictionary<string, ReadOnlyMemory<float>> found) =>
        [.. texts.Keys.Where(key => !found.ContainsKey(key))];

    private async Task LookUpAsync(
        PassRef pass, IReadOnlyCollection<string> keys, IReadOnlyCollection<string> shelves, ConcurrentDictionary<string, ReadOnlyMemory<float>> found, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            if (recent.Find(key) is { } vector) found[key] = vector;
        }

        var missing = keys.Where(key => !found.ContainsKey(key)).ToHashSet(StringComparer.Ordinal);
        if (missing.Count > 0 && pass.Settings.Restore is { } restore) Take(await restored.FindAsync(restore, pass.Document, missing, cancellationToken));
        if (missing.Count > 0) Take(await indexed.FindByKeyAsync(pass.Settings.Index, missing, cancellationToken));
        if (missing.Count > 0 && pass.Settings.KnownIndex is { } known) Take(await indexed.FindByKeyAsync(known, missing, cancellationToken));
        foreach (var shelf in shelves)
        {
            if (missing.Count > 0) Take(await retired.FindAsync(shelf, missing, cancellationToken));
        }

        void Take(Dictionary<string, ReadOnlyMemory<float>> vectors)
        {
            foreach (var (key, vector) in vectors)
            {
                found[key] = vector;
                missing.Remove(key);
            }
        }
    }

    // What another document's pass is embedding is waited for; where that fails, this one does it.
    private async Task EmbedOrWaitAsync(
        PassRef pass, Dictionary<string, ChunkRecord> texts, List<string> missing, ConcurrentDictionary<string, ReadOnlyMemory<float>> found, StrongBox<long> spent,
        CancellationToken cancellationToken)
    {
        var (mine, others) = recent.Claim(missing);
        try
        {
            await CallAsync(pass, texts, mine, found, spent, cancellationToken);
        }
        finally
        {
            recent.GiveUp(mine);
        }

        foreach (var (key, vector) in others)
        {
            if (await vector.WaitAsync(cancellationToken) is { } other) found[key] = other;
        }
    }

    private Task CallAsync(
        PassRef pass, Dictionary<string, ChunkRecord> texts, List<string> keys, ConcurrentDictionary<string, ReadOnlyMemory<float>> found, StrongBox<long> spent,
        CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.EmbedParallelism, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(keys.Chunk(options.Value.EmbedBatch), parallel, async (batch, stop) =>
        {
            var embedded = await gateway.EmbedAsync(
                pass.Settings.Route, [.. batch.Select(key => ChunkId.EmbeddedText(texts[key].Chunk))], EmbeddingPurpose.Document, Caller.System, stop);
            Check(embedded.Vectors, batch.Length);
            Interlocked.Add(ref spent.Value, embedded.PromptTokens ?? batch.Sum(key => texts[key].Chunk.Tokens));
            for (var i = 0; i < batch.Length; i++)
            {
                found[batch[i]] = embedded.Vectors[i];
                recent.Put(batch[i], embedded.Vectors[i]);
            }
        });
    }

    private static void Check(IReadOnlyList<ReadOnlyMemory<float>> vectors, int expected)
    {
        if (vectors.Count != expected || vectors.Any(vector => vector.Length == 0 || vector.Length != vectors[0].Length || !IsFinite(vector.Span)))
            throw new StepFailedException($"the embeddings route answered {vectors.Count} vectors for {expected} chunks, or some that are not numbers of one length.");
    }

    private static bool IsFinite(ReadOnlySpan<float> vector)
    {
        foreach (var value in vector)
        {
            if (!float.IsFinite(value)) return false;
        }

        return true;
    }
}
