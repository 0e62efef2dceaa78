using System.Runtime.CompilerServices;

namespace Serverless.Functions.Batches.Running;

/// <summary>Reads ahead of who takes what was read, in order and in bounded memory.</summary>
internal static class ReadAhead
{
    /// <summary>What <paramref name="read"/> makes of each item, in the items' order. What is under way when the taker stops is cancelled and waited for.</summary>
    /// <param name="bytes">What an item's value takes.</param>
    /// <param name="most">Items that are read or held at a time, at least 1.</param>
    /// <param name="mostBytes">Of all that is read or held at a time; one item that takes more is read alone.</param>
    public static async IAsyncEnumerable<TValue> InOrderAsync<TItem, TValue>(
        IEnumerable<TItem> items,
        Func<TItem, long> bytes,
        Func<TItem, CancellationToken, Task<TValue>> read,
        int most,
        long mostBytes,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<(long Bytes, Task<TValue> Value)>();
        var held = 0L;
        try
        {
            foreach (var item in items)
            {
                var takes = bytes(item);
                while (ahead.TryPeek(out var first) && (ahead.Count == most || held + takes > mostBytes))
                {
                    // It counts until its taker is done with it.
                    yield return await first.Value;
                    ahead.Dequeue();
                    held -= first.Bytes;
                }

                ahead.Enqueue((takes, read(item, stop.Token)));
                held += takes;
            }

            while (ahead.TryPeek(out var first))
            {
                yield return await first.Value;
                ahead.Dequeue();
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(ahead.Select(Task (reading) => reading.Value)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
