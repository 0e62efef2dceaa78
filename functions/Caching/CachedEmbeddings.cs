using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Caching;

/// <summary>
/// Vectors that are given again, text by text: of a batch only what is not known is asked for, each text once. Where all are known the call is admitted without tokens
/// and metered as <c>cached</c> at no cost. The app's own embedding of documents passes by: each of their texts is embedded once, and would put others' out.
/// </summary>
public sealed class CachedEmbeddings(ResponseCache cache, Admission admission, TimeProvider time)
{
    /// <param name="embed">Asks the model.</param>
    /// <returns>Vectors in the order of the texts, with the tokens of those that were asked for.</returns>
    public async Task<EmbeddingBatch> EmbedAsync(
        ResolvedRoute route, Caller caller, EmbeddingCall call, Func<EmbeddingCall, Task<EmbeddingBatch>> embed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(embed);
        if (route.Version.Cache is not { } settings || ReferenceEquals(caller, Caller.System)) return await embed(call).ConfigureAwait(false);

        var started = time.GetTimestamp();
        var keys = call.Texts.Select(text => CacheKey.Of(route, settings, caller, call, text)).ToArray();
        var known = new Dictionary<string, RecordedVector>(StringComparer.Ordinal);
        var unknown = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < keys.Length; i++)
        {
            if (known.ContainsKey(keys[i]) || unknown.ContainsKey(keys[i])) continue;
            if (await cache.FindAsync(keys[i], cancellationToken).ConfigureAwait(false) is { } kept) known[keys[i]] = RecordedVector.Read(kept);
            else unknown[keys[i]] = call.Texts[i];
        }

        // Behind a rag route it is the question's vector, not the answer.
        if (caller.Through is null) RequestLimits.Current?.SawCache(known.Count == 0 ? "miss" : unknown.Count == 0 ? "hit" : "partial");
        if (unknown.Count == 0)
        {
            using var admitted = await admission.ReserveAsync(CallDemands.Cached(route, caller, "embeddings"), cancellationToken).ConfigureAwait(false);
            admitted.Settle(new CallOutcome(null, null, false, null, time.GetElapsedTime(started)) { FromCache = true });
            return new EmbeddingBatch([.. keys.Select(key => known[key].Vector)], known[keys[0]].Model, 0);
        }

        var asked = await embed(call with { Texts = [.. unknown.Values] }).ConfigureAwait(false);
        // Another model under the same name: what it was before is of no use beside it.
        if (known.Values.Any(k => k.Vector.Length != asked.Vectors[0].Length)) return await embed(call).ConfigureAwait(false);
        foreach (var (key, vector) in unknown.Keys.Zip(asked.Vectors))
        {
            known[key] = new RecordedVector(asked.Model, vector);
            await cache.KeepAsync(key, known[key].ToBytes(), settings, cancellationToken).ConfigureAwait(false);
        }

        return asked with { Vectors = [.. keys.Select(key => known[key].Vector)] };
    }
}
