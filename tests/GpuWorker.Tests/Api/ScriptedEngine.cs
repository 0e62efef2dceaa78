using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>An engine that answers by script and remembers what it was asked.</summary>
internal sealed class ScriptedEngine : ILlmEngine
{
    private int _running;

    public string ModelName => "scripted";

    public int ContextLength { get; set; } = 200;

    /// <summary>The text of the answer to a request, whose tokens are its characters.</summary>
    public Func<GenerationRequest, string> Answer { get; set; } = _ => "Water it less.";

    /// <summary>Awaited before each token: its position is given. Throwing here is the engine failing.</summary>
    public Func<int, CancellationToken, Task> BeforeToken { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What each answer that ends by itself took, where the request asks.</summary>
    public SequenceTimes Times { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));

    /// <summary>What each prompt had in the cache, where the request asks.</summary>
    public int CachedTokens { get; set; }

    public ConcurrentQueue<GenerationRequest> Requests { get; } = new();

    public int Running => Volatile.Read(ref _running);

    public EngineStatus? Status { get; set; }

    // Progress is always just now, however long a test takes: only a status of its own stalls the engine.
    public EngineStatus GetStatus() => Status ?? new EngineStatus(true, TimeSpan.MaxValue, Running, 0, 0.25, 11, 22);

    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Requests.Enqueue(request);
        Interlocked.Increment(ref _running);
        try
        {
            var answer = Answer(request);
            int? cached = request.TellsCachedTokens ? CachedTokens : null;
            var prompt = request.PromptLogprobs is { } count ? request.PromptTokens.Skip(1).Select(id => Likelihoods(id, count)).ToArray() : null;
            for (var position = request.PriorTokens.Length; position <= answer.Length; position++)
            {
                await BeforeToken(position, cancellationToken);
                if (position == answer.Length)
                {
                    yield return new GeneratedToken(2, FinishReason.Stop, Likelihoods(request, 2), request.IsTraced ? Times : null, PromptReport.Of(cached, prompt));
                    yield break;
                }

                var isLast = position + 1 == request.MaxTokens;
                var id = CharTokenizer.IdOf(answer[position]);
                yield return new GeneratedToken(id, isLast ? FinishReason.Length : null, Likelihoods(request, id), OfPrompt: PromptReport.Of(cached, prompt));
                (cached, prompt) = (null, null);
                if (isLast) yield break;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static TokenLogprobs? Likelihoods(GenerationRequest request, int id) => request.Sampling.Logprobs is { } count ? Likelihoods(id, count) : null;

    /// <summary>The chosen token at minus its id, and as many others as were asked for, each less likely by one. An x is none of the likeliest, and has the rank 7.</summary>
    private static TokenLogprobs Likelihoods(int id, int count) => id == CharTokenizer.IdOf('x')
        ? new TokenLogprobs(-id, 7, [.. Enumerable.Range(0, count).Select(i => new TokenLogprob(CharTokenizer.IdOf((char)('A' + i)), -i))])
        : new TokenLogprobs(-id, 1, [.. Enumerable.Range(0, count).Select(i => new TokenLogprob(i == 0 ? id : CharTokenizer.IdOf((char)('A' + i)), -id - i))]);
}
