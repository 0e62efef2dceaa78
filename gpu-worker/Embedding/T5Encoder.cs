using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Embedding;

/// <summary>A T5 checkpoint as the embedder's encoder.</summary>
internal sealed class T5Encoder(T5EncoderSession session) : IEncoderSession, IDisposable
{
    public int Dimensions => session.Dimensions;

    public float[][] Encode(int[][] ids, int[][] marks) => session.Encode(ids, marks);

    public void Dispose() => session.Dispose();
}
