namespace Serverless.GpuWorker.Conversion;

/// <summary>Hears how far a conversion is.</summary>
internal interface IConversionProgress
{
    /// <param name="resumed">Bytes that an earlier run has written already.</param>
    void Begin(long bytes, long resumed);

    /// <param name="tensor">What is being written.</param>
    /// <param name="bytes">Bytes of weights that are written in all.</param>
    void Advance(string tensor, long bytes);

    void End();
}
