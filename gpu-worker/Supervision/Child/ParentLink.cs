using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>
/// A child's end of what it and its parent say to each other. One thread reads and never waits for the model; another writes. What ends first, ends the child: its work, its parent, or the
/// parent's sense.
/// </summary>
/// <param name="usualBytes">The longest frame that can be expected, for which the buffer need not grow.</param>
internal sealed class ParentLink(Stream input, Stream output, int usualBytes = FrameStream.UsualBytes)
{
    /// <summary>How long the last frames may take to leave.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<ChildEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes one frame, on the reading thread.</summary>
    /// <exception cref="ProtocolException">It is malformed, or comes out of turn.</exception>
    public delegate void Handler(ref FrameReader frame);

    /// <summary>Frames to the parent.</summary>
    public Outbox Outbox { get; } = new(output, "protocol writer");

    /// <summary>Serves until the end.</summary>
    /// <param name="broken">Says that the parent broke the protocol, and how, in words of our own; <see cref="End"/> follows.</param>
    public ChildEnd Serve(Handler handle, Action<string> broken)
    {
        Outbox.Failed += () => End(ChildEnd.ParentGone);
        new Thread(() => Read(handle, broken)) { IsBackground = true, Name = "protocol reader" }.Start();
        var end = _end.Task.GetAwaiter().GetResult();
        Outbox.Complete();
        Outbox.Join(Patience);
        return end;
    }

    /// <summary>The first end counts.</summary>
    public void End(ChildEnd end) => _end.TrySetResult(end);

    private void Read(Handler handle, Action<string> broken)
    {
        try
        {
            var frames = new FrameStream(input, usualBytes);
            while (frames.TryRead(out var frame))
            {
                var reader = new FrameReader(frame);
                handle(ref reader);
            }

            End(ChildEnd.ParentGone);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            End(ChildEnd.ParentGone);
        }
        catch (Exception e)
        {
            // Only what we wrote ourselves is quoted.
            broken(e is ProtocolException ? e.Message : e.GetType().Name);
            End(ChildEnd.Failed);
        }
    }
}
