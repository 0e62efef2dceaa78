using System.Text;
using System.Threading.Channels;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>
/// Streams the sequences of one request. Nothing is written before the first piece is there, so that a refusal is still a plain error with its status;
/// after that an error is the stream's last event, and no <c>[DONE]</c> follows it. While the client is slow, pieces of a choice grow together.
/// </summary>
internal sealed class CompletionStream(HttpContext context, GenerationContext generation, IStreamShape shape, int choices, int promptTokens, bool countsAsItGoes = false)
{
    private const int MaxEventChars = 16 * 1024;

    private readonly EventStream _events = new(context, generation.StreamWriteTimeout, generation.Time);
    private readonly bool[] _opened = new bool[choices];
    private readonly int[] _told = new int[choices];
    private readonly SequenceUsage _usage = new(promptTokens);

    public async Task RunAsync(SequenceBatch batch, bool includeUsage)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var (pieces, ended) = batch.Start(stop.Token);
        try
        {
            // The first wait is outside the try below: its failure is answered as any other endpoint's.
            await pieces.WaitToReadAsync(stop.Token);
            await CopyAsync(pieces, includeUsage, stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await ended;
        }
    }

    private async Task CopyAsync(ChannelReader<SequencePiece> pieces, bool includeUsage, CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                while (pieces.TryRead(out var piece)) await SendAsync(Merge(piece, pieces), cancellationToken);
            }
            while (await pieces.WaitToReadAsync(cancellationToken));

            if (includeUsage) await _events.SendAsync(shape.Usage(_usage.Total), cancellationToken);
            await _events.SendDoneAsync(cancellationToken);
        }
        catch (Exception e) when (context.Response.HasStarted && RequestErrors.Describe(e, context) is { } error)
        {
            await _events.SendAsync(new ErrorBody(error.Error), CancellationToken.None);
        }
    }

    /// <summary>The piece and what has come of the same choice while the client was taking the one before.</summary>
    private static SequencePiece Merge(SequencePiece piece, ChannelReader<SequencePiece> pieces)
    {
        if (!Continues(piece, pieces)) return piece;
        var text = new StringBuilder(piece.Text);
        var tokens = new List<GeneratedToken>(piece.Tokens);
        while (text.Length < MaxEventChars && Continues(piece, pieces) && pieces.TryRead(out var next))
        {
            text.Append(next.Text);
            tokens.AddRange(next.Tokens);
        }

        return piece with { Text = text.ToString(), Tokens = tokens };
    }

    private static bool Continues(SequencePiece piece, ChannelReader<SequencePiece> pieces) =>
        piece.Result is null && pieces.TryPeek(out var next) && next.Index == piece.Index && next.Result is null;

    private async Task SendAsync(SequencePiece piece, CancellationToken cancellationToken)
    {
        _told[piece.Index] += piece.Tokens.Count;
        if (!_opened[piece.Index])
        {
            _opened[piece.Index] = true;
            foreach (var first in shape.First(piece)) await _events.SendAsync(Counted(first, piece.Index), cancellationToken);
        }
        else if (piece.IsShown)
        {
            await _events.SendAsync(Counted(shape.Piece(piece), piece.Index), cancellationToken);
        }

        if (piece.Result is { } result)
        {
            _usage.Add(result);
            _told[piece.Index] = result.Tokens;
            await _events.SendAsync(Counted(shape.Finished(piece.Index, result), piece.Index), cancellationToken);
        }
    }

    /// <summary>A chunk with its own choice's usage, as vLLM has it.</summary>
    private object Counted(object chunk, int choice) => countsAsItGoes && chunk is ICountedChunk counted ? counted.With(Usage.Of(promptTokens, _told[choice], null)) : chunk;
}
