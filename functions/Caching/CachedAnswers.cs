using System.Runtime.CompilerServices;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Caching;

/// <summary>
/// Answers that are given again. A hit is admitted as a call without tokens and metered as <c>cached</c> at no cost; what is missed is kept once it is complete.
/// Two who ask the same at once are both answered by the model.
/// </summary>
public sealed class CachedAnswers(ResponseCache cache, Admission admission, TimeProvider time)
{
    /// <param name="generate">Asks the model.</param>
    public async IAsyncEnumerable<AnswerEvent> StreamAsync(
        ResolvedRoute route,
        Caller caller,
        Generation generation,
        Func<IAsyncEnumerable<AnswerEvent>> generate,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(generate);
        var settings = route.Version.Cache!;
        var key = CacheKey.Of(route, settings, caller, generation);
        if (await cache.FindAsync(key, cancellationToken).ConfigureAwait(false) is { } kept)
        {
            RequestLimits.Current?.SawCache("hit");
            var started = time.GetTimestamp();
            using var admitted = await admission.ReserveAsync(CallDemands.Cached(route, caller, generation.IsChat ? "chat" : "text_completion"), cancellationToken).ConfigureAwait(false);
            foreach (var answer in RecordedAnswer.Replay(kept)) yield return answer;
            admitted.Settle(new CallOutcome(null, null, false, null, time.GetElapsedTime(started)) { FromCache = true });
            yield break;
        }

        RequestLimits.Current?.SawCache("miss");
        var record = new RecordedAnswer();
        await foreach (var answer in generate().WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (record.Add(answer) is { } whole) await cache.KeepAsync(key, whole, settings, cancellationToken).ConfigureAwait(false);
            yield return answer;
        }
    }
}
