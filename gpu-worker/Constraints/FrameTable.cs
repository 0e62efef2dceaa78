using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints;

/// <summary>Makes each place once.</summary>
internal sealed class FrameTable
{
    private readonly Dictionary<(Frame? Parent, SchemaNode? Node, int Phase, int A, int B, object? Text), Frame> _frames = [];
    private long _lastId;

    public int Count => _frames.Count;

    public Frame Of(Frame? parent, SchemaNode? node, int phase, int a = 0, int b = 0, object? text = null)
    {
        var key = (parent, node, phase, a, b, text);
        if (!_frames.TryGetValue(key, out var frame))
            _frames[key] = frame = new Frame(++_lastId, parent, node, phase, a, b, text);

        return frame;
    }

    /// <summary>Forgets what it made; places in use live on.</summary>
    public void Clear() => _frames.Clear();
}
