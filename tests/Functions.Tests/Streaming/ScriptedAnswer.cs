using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Streaming;

/// <summary>An answer that a test writes as it goes.</summary>
internal sealed class ScriptedAnswer(AnswerRequest request)
{
    private readonly Channel<AnswerEvent> _events = Channel.CreateUnbounded<AnswerEvent>();
    private readonly TaskCompletionSource _left = new();

    public AnswerRequest Request { get; } = request;

    /// <summary>Ends when nobody reads on.</summary>
    public Task Left => _left.Task.WaitAsync(TimeSpan.FromMinutes(1));

    /// <summary>Whether whoever read on was cancelled.</summary>
    public bool WasCancelled { get; private set; }

    public void Say(AnswerEvent answer) => Assert.True(_events.Writer.TryWrite(answer));

    public void Say(string text) => Say(new AnswerText(text));

    public void End(Exception? failure = null) => _events.Writer.Complete(failure);

    public async IAsyncEnumerable<AnswerEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var answer in _events.Reader.ReadAllAsync(cancellationToken)) yield return answer;
        }
        finally
        {
            WasCancelled = cancellationToken.IsCancellationRequested;
            _left.TrySetResult();
        }
    }
}
