using Serverless.Functions.Clients;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Ranking;
using Serverless.Functions.Retrieval.Reranking;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp;

/// <summary>
/// Hybrid search of one collection or several, for a caller, reranked where a rag route over the collection says by what and the caller may use both. Several are ranked together, by the same fusion of similarities and
/// words over all that was found: similarities compare where one encoder embeds them, and less well where there are more.
/// </summary>
public sealed class PassageSearch(Retriever retriever, PassageReranking reranking, RouteCatalog routes)
{
    /// <summary>Collections that one search goes through: each is a call of its embeddings route.</summary>
    public const int MaxCollections = 8;

    // As many as a search of one collection ranks.
    private const int Candidates = 50;

    /// <param name="collections">1..<see cref="MaxCollections"/> names.</param>
    /// <param name="listing">The routes as they are for the whole call.</param>
    /// <returns>Best first, at most <paramref name="top"/>.</returns>
    public async Task<IReadOnlyList<FoundPassage>> FindAsync(IReadOnlyList<string> collections, string question, int top, MetadataFilter? filter, RouteListing listing, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(collections);
        var rerank = await RerankingAsync(collections, listing, caller, cancellationToken).ConfigureAwait(false);
        if (collections is [var only])
        {
            var found = await retriever.FindAsync(new RetrievalQuery(only, question, top) { Filter = filter, Rerank = rerank }, caller, cancellationToken).ConfigureAwait(false);
            return [.. found.Chunks.Select(chunk => new FoundPassage(only, chunk))];
        }

        var each = await Task.WhenAll(collections.Select(name => retriever.FindAsync(new RetrievalQuery(name, question, Candidates) { Filter = filter }, caller, cancellationToken))).ConfigureAwait(false);
        var home = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (found, collection) in each.Zip(collections))
        {
            foreach (var chunk in found.Chunks) home.TryAdd(chunk.Id, collection);
        }

        var normal = SearchText.Normalize(question);
        IReadOnlyList<FoundChunk> ranked = Fuse(normal, [.. each.SelectMany(found => found.Chunks)]);
        if (rerank is not null) ranked = (await reranking.OrderAsync(rerank, normal, ranked, caller, cancellationToken).ConfigureAwait(false)).Chunks;
        return [.. ranked.Take(top).Select(chunk => new FoundPassage(home[chunk.Id], chunk))];
    }

    private static IReadOnlyList<FoundChunk> Fuse(string question, IReadOnlyList<FoundChunk> all) =>
        HybridRanking.Fuse(question, [.. all.Where(chunk => chunk.Similarity is not null).OrderByDescending(chunk => chunk.Similarity)], [.. all.Where(chunk => chunk.Coverage > 0)]);

    /// <summary>What reranks all of them; null for nothing, or where they differ.</summary>
    private async Task<RerankSettings?> RerankingAsync(IReadOnlyList<string> collections, RouteListing listing, Caller caller, CancellationToken cancellationToken)
    {
        var usable = listing.Visible(caller).ToList();
        RerankSettings? common = null;
        foreach (var collection in collections)
        {
            var rag = usable.FirstOrDefault(route => route.Collection == collection && route.Uses is [_, _, var reranker] && usable.Exists(other => other.Name == reranker));
            var rerank = rag is null ? null : (await routes.ResolveAsync(rag.Name, caller, "route", cancellationToken).ConfigureAwait(false)).Version.Rag?.Rerank;
            if (rerank is null || (common is not null && common.Route != rerank.Route)) return null;
            common ??= rerank;
        }

        return common;
    }
}
