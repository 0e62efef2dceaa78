namespace Serverless.Benchmarks.EnginePeers;

/// <summary>An engine beside ours, over one checkpoint. Seconds of each of the steps that run in about the time given, the first left out.</summary>
internal interface IEnginePeer : IDisposable
{
    /// <summary>Each of <paramref name="batch"/> sequences of <paramref name="context"/> tokens gets its last one.</summary>
    IReadOnlyList<double> Decode(int batch, int context, TimeSpan enough);

    /// <summary>A prompt is computed.</summary>
    IReadOnlyList<double> Prefill(int tokens, TimeSpan enough);
}
