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

    public ConcurrentQueue<GenerationRequest> Requests { get; } = new();

    public int Running => Volatile.Read(ref _running);

    public EngineStatus? Status { get; set; }

    public EngineStatus GetStatus() => Status ?? new EngineStatus(true, DateTimeOffset.UnixEpoch, Running, 0, 0.25, 11, 22);

    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Requests.Enqueue(request);
        Interlocked.Increment(ref _running);
        try
        {
            var answer = Answer(request);
            for (var position = 0; position <= answer.Length; position++)
            {
                await BeforeToken(position, cancellationToken);
                if (position == answer.Length)
                {
                    yield return new GeneratedToken(2, FinishReason.Stop);
                    yield break;
                }

                var isLast = position + 1 == request.MaxTokens;
                yield return new GeneratedToken(CharTokenizer.IdOf(answer[position]), isLast ? FinishReason.Length : null);
                if (isLast) yield break;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
