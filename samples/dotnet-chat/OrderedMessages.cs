using System.Threading.Channels;

namespace Serverless.Samples.DotNetChat;

/// <summary>
/// The messages of one stream in the order of their numbers: one that overtook another waits for its turn, one that came twice counts once. Messages may come
/// before anybody reads.
/// </summary>
public sealed class OrderedMessages
{
    private readonly Channel<StreamMessage> _ready = Channel.CreateUnbounded<StreamMessage>();
    private readonly Dictionary<long, StreamMessage> _early = [];
    private readonly Lock _lock = new();
    private long _next;
    private long _last = -1;

    /// <summary>The number of the first message that has not come.</summary>
    public long Next
    {
        get
        {
            lock (_lock) return _next;
        }
    }

    /// <summary>Takes a message as it comes.</summary>
    /// <param name="isLast">Whether it is a <c>done</c> or an <c>error</c>.</param>
    public void Add(StreamMessage message, bool isLast)
    {
        lock (_lock)
        {
            if (message.Seq >= _next) _early[message.Seq] = message;
            if (isLast) _last = message.Seq;
            while (_early.Remove(_next, out var next))
            {
                _ready.Writer.TryWrite(next);
                if (_next++ == _last) _ready.Writer.TryComplete();
            }
        }
    }

    /// <summary>Ends the reading: nothing more will come.</summary>
    public void Lose(Exception why) => _ready.Writer.TryComplete(why);

    public IAsyncEnumerable<StreamMessage> ReadAllAsync(CancellationToken cancellationToken) => _ready.Reader.ReadAllAsync(cancellationToken);
}
