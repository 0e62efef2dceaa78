using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Tests.Supervision.Ranks;

/// <summary>Ranks that keep to the protocol as far as a test wants, and compute nothing.</summary>
internal static class FakeRank
{
    /// <summary>A rank that has read its weights, joined, and does then as a test says. It never comes to a sum.</summary>
    public static FakeChild Joining(Action<FrameStream, Stream> then) => new((input, output) =>
    {
        var frames = new FrameStream(input);
        frames.TryRead(out _);
        Say(output, FrameKind.Prepared, LoadFrames.WritePrepared);
        frames.TryRead(out _);
        Say(output, FrameKind.Joined, _ => { });
        then(frames, output);
        return 0;
    });

    public static int Silent(Stream input, Stream output)
    {
        var frames = new FrameStream(input);
        while (frames.TryRead(out _))
        {
            // It reads, and that is all.
        }

        return 0;
    }

    public static void Say(Stream output, FrameKind kind, Action<FrameWriter> write)
    {
        var writer = new FrameWriter();
        writer.Begin(kind);
        write(writer);
        writer.End();
        output.Write(writer.Written);
    }
}
