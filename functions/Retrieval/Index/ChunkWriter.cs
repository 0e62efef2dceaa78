using Azure;
using Azure.Search.Documents.Models;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>Writes chunks: reads every item's result and repeats those that may pass later.</summary>
public sealed class ChunkWriter(SearchClients clients, ChunkIndexes indexes, TimeProvider time)
{
    // The service takes 1,000 actions or about 16 MB; a chunk of 768 dimensions is about 15 KB of JSON.
    private const int MaxActions = 500;
    private const int MaxAttempts = 6;

    /// <summary>Adds or replaces chunks; the index is created when it is absent.</summary>
    /// <exception cref="ChunkIndexException">The service refused some of them.</exception>
    public async Task UploadAsync(string index, IReadOnlyList<IndexedChunk> chunks, CancellationToken cancellationToken)
    {
        if (chunks.Count == 0) return;
        var dimensions = chunks[0].Embedding?.Length ?? throw new ArgumentException("Every chunk needs a vector.", nameof(chunks));
        if (chunks.Any(chunk => chunk.Embedding?.Length != dimensions))
            throw new ChunkIndexException("The embeddings route gave vectors of different lengths.", isTransient: false);
        var actions = chunks.Select(chunk => IndexDocumentsAction.MergeOrUpload(chunk.ToSearchDocument())).ToList();
        await indexes.EnsureAsync(index, dimensions, cancellationToken);
        try
        {
            await SendAllAsync(index, actions, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // Somebody deleted the index behind the memo's back.
            indexes.Forget(index);
            await indexes.EnsureAsync(index, dimensions, cancellationToken);
            await SendAllAsync(index, actions, cancellationToken);
        }
    }

    /// <summary>Changes chunks that are there, leaving their vectors as they are.</summary>
    /// <returns>The ids that are not there.</returns>
    public async Task<IReadOnlyList<string>> MergeAsync(string index, IReadOnlyList<IndexedChunk> chunks, CancellationToken cancellationToken)
    {
        if (chunks.Count == 0) return [];
        try
        {
            return await SendAllAsync(index, [.. chunks.Select(chunk => IndexDocumentsAction.Merge(chunk.ToSearchDocument()))], cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            indexes.Forget(index);
            return [.. chunks.Select(chunk => chunk.Id)];
        }
    }

    /// <summary>Deletes chunks; those that are not there are no error.</summary>
    public async Task DeleteAsync(string index, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        try
        {
            await SendAllAsync(index, [.. ids.Select(id => IndexDocumentsAction.Delete(new SearchDocument { [ChunkFields.Id] = id }))], cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            indexes.Forget(index);
        }
    }

    private async Task<IReadOnlyList<string>> SendAllAsync(string index, List<IndexDocumentsAction<SearchDocument>> actions, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        for (var from = 0; from < actions.Count; from += MaxActions)
        {
            await SendAsync(index, actions.GetRange(from, Math.Min(MaxActions, actions.Count - from)), missing, cancellationToken);
        }

        return missing;
    }

    private async Task SendAsync(string index, List<IndexDocumentsAction<SearchDocument>> actions, List<string> missing, CancellationToken cancellationToken)
    {
        for (var attempt = 1; actions.Count > 0; attempt++)
        {
            IReadOnlyList<IndexingResult> results;
            try
            {
                var batch = IndexDocumentsBatch.Create([.. actions]);
                results = (await clients.Chunks(index).IndexDocumentsAsync(batch, cancellationToken: cancellationToken)).Value.Results;
            }
            catch (RequestFailedException failure) when (failure.Status == 413 && actions.Count > 1)
            {
                var half = actions.Count / 2;
                await SendAsync(index, actions[..half], missing, cancellationToken);
                await SendAsync(index, actions[half..], missing, cancellationToken);
                return;
            }

            var failed = results.Where(result => !result.Succeeded).ToDictionary(result => result.Key, result => result.Status);
            missing.AddRange(failed.Where(item => item.Value == 404).Select(item => item.Key));
            if (failed.Values.FirstOrDefault(status => status != 404 && !IsTransient(status)) is var refused and not 0)
                throw new ChunkIndexException($"The search service refused {failed.Count} of {actions.Count} chunks with status {refused}.", isTransient: false);
            actions = actions.FindAll(action => failed.TryGetValue((string)action.Document[ChunkFields.Id], out var status) && status != 404);
            if (actions.Count == 0) return;
            if (attempt == MaxAttempts)
                throw new ChunkIndexException($"The search service is too busy: it has not taken {actions.Count} chunks in {attempt} tries.", isTransient: true);
            await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), time, cancellationToken);
        }
    }

    // 409: a version conflict; 422: the index is being changed; 429 and 503: too busy.
    private static bool IsTransient(int status) => status is 409 or 422 or 429 or 503;
}
