using System.Text;
using System.Threading.Channels;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>The sequences of one request, run together: when one fails, all end.</summary>
internal sealed class SequenceBatch(SequenceRunner runner, IReadOnlyList<SequencePlan> plans)
{
    /// <summary>Each sequence as a whole, in the plans' order.</summary>
    public async Task<IReadOnlyList<SequenceAnswer>> CollectAsync(CancellationToken cancellationToken)
    {
        var texts = plans.Select(_ => new StringBuilder()).ToArray();
        var tokens = plans.Select(_ => new List<GeneratedToken>()).ToArray();
        var prompts = new IReadOnlyList<TokenLogprobs>?[plans.Count];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = await AllOrNoneAsync(plans.Select((plan, i) => runner.RunAsync(plan, piece => Collect(piece, i), stop.Token)), stop);
        return results.Select((result, i) => new SequenceAnswer(texts[i].ToString(), tokens[i], result, prompts[i])).ToArray();

        void Collect(SequencePiece piece, int sequence)
        {
            texts[sequence].Append(piece.Text);
            tokens[sequence].AddRange(piece.Tokens);
            prompts[sequence] ??= piece.Prompt;
        }
    }

    /// <summary>
    /// The pieces of all sequences as they come. What waits to be read is bounded by what the sequences may generate, so the engine never waits for a reader.
    /// Reading ends with the exception that ended the batch. Cancelling <paramref name="cancellationToken"/> frees all sequences.
    /// </summary>
    /// <returns>The pieces, and what completes, never with an exception, when the engine has let go of all sequences.</returns>
    public (ChannelReader<SequencePiece> Pieces, Task Ended) Start(CancellationToken cancellationToken)
    {
        var pieces = Channel.CreateUnbounded<SequencePiece>(new UnboundedChannelOptions { SingleReader = true });
        return (pieces.Reader, PumpAsync(pieces.Writer, cancellationToken));
    }

    private async Task PumpAsync(ChannelWriter<SequencePiece> pieces, CancellationToken cancellationToken)
    {
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await AllOrNoneAsync(plans.Select(plan => runner.RunAsync(plan, piece => pieces.TryWrite(piece), stop.Token)), stop);
            pieces.Complete();
        }
        catch (Exception e)
        {
            pieces.Complete(e);
        }
    }

    private static async Task<SequenceResult[]> AllOrNoneAsync(IEnumerable<Task<SequenceResult>> sequences, CancellationTokenSource stop)
    {
        var running = sequences.ToList();
        var all = running.ToArray();
        try
        {
            while (running.Count > 0)
            {
                var ended = await Task.WhenAny(running);
                running.Remove(ended);
                await ended;
            }
        }
        catch
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default);
            throw;
        }

        return await Task.WhenAll(all);
    }
}
