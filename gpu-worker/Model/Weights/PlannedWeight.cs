using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>
/// A weight of a graph and how it comes of a checkpoint's tensors. A model's list of them is the one place where that is said: loading,
/// converting, checking a converted folder and counting bytes all go by it.
/// </summary>
/// <param name="Name">The graph's input.</param>
/// <param name="Parts">Slices of equally many columns that lie one under the other; none where the weight is computed.</param>
internal sealed record PlannedWeight(string Name, WeightFormat Format, IReadOnlyList<WeightPart> Parts)
{
    /// <summary>The layer of a matrix that a format rule may name; null outside of the layers.</summary>
    public int? Layer { get; init; }

    /// <summary>The short name that format rules have for the matrix; null where the format is not theirs to say.</summary>
    public string? Short { get; init; }

    public bool IsVector { get; init; }

    /// <summary>Whether every rank has the same.</summary>
    public bool IsReplicated { get; init; }

    public ComputedWeight? Computed { get; init; }

    /// <summary>The tensors that the weight is made of.</summary>
    public IEnumerable<string> Tensors => Computed?.Tensors ?? Parts.Select(part => part.Tensor);

    public int Rows => Computed?.Rows ?? Parts.Sum(part => part.Slice.Rows);

    public int Columns => Computed?.Columns ?? Parts[0].Slice.Columns;

    /// <summary>A matrix of a Linear operator, in the format that <paramref name="formats"/> has for it.</summary>
    public static PlannedWeight Matrix(string name, WeightFormatMix formats, int? layer, string part, int rows, int columns, MatrixSlice? slice = null) =>
        new(name, formats.Of(layer, part), [new WeightPart(name, [rows, columns], slice ?? MatrixSlice.Whole(rows, columns))]) { Layer = layer, Short = part };

    /// <summary>An embedding table: quantised formats leave it as the checkpoint stores it.</summary>
    public static PlannedWeight Table(string name, WeightFormat format, int rows, int columns) => new(
        name,
        WeightFormats.QuantizedBits(format) > 0 ? WeightFormat.Checkpoint : format,
        [new WeightPart(name, [rows, columns], MatrixSlice.Whole(rows, columns))])
    { IsReplicated = true };

    /// <summary>A vector, such as a norm's weights, as floats.</summary>
    public static PlannedWeight Vector(string name, int length, bool isReplicated = true) => new(
        name, WeightFormat.Float32, [new WeightPart(name, [length], MatrixSlice.Whole(1, length))])
    { IsVector = true, IsReplicated = isReplicated };

    /// <summary>A table [rows, columns] of floats that <paramref name="compute"/> gives from <paramref name="tensors"/>.</summary>
    public static PlannedWeight Table(string name, int rows, int columns, IReadOnlyList<string> tensors, Func<IWeightSource, float[]> compute) =>
        new(name, WeightFormat.Float32, []) { Computed = new ComputedWeight(rows, columns, tensors, compute), IsReplicated = true };
}
