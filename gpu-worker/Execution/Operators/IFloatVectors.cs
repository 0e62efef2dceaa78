namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The operations of one width of vectors, so that a kernel is written once and compiled for each width.</summary>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface IFloatVectors<TVector>
    where TVector : struct
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Lanes { get; }

    static abstract TVector Create(float value);

    static abstract TVector Load(float* source);

    /// <summary>As many numbers of a cache as a vector has lanes.</summary>
    static abstract TVector Load<TElement>(byte* source)
        where TElement : struct, IKvElement;

    static abstract void Store(TVector vector, float* destination);

    /// <summary>x y + sum, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector x, TVector y, TVector sum);
}
