using System.Text;

namespace Serverless.Functions.Dispatch;

/// <summary>A whole answer: what a stream said, together.</summary>
internal sealed record CollectedAnswer(string Text, AnswerCompleted Completed)
{
    public static async Task<CollectedAnswer> FromAsync(IAsyncEnumerable<AnswerEvent> events, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        AnswerCompleted? completed = null;
        await foreach (var answer in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (answer is AnswerText piece) text.Append(piece.Text);
            else completed = (AnswerCompleted)answer;
        }

        return new CollectedAnswer(text.ToString(), completed!);
    }

    public override string ToString() => $"[{Text.Length} chars]";
}
