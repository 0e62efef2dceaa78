namespace Serverless.GpuWorker.Model.Weights;

/// <summary>A rectangle of a matrix [rows, columns].</summary>
internal readonly record struct MatrixSlice(int FirstRow, int Rows, int FirstColumn, int Columns)
{
    public static MatrixSlice Whole(int rows, int columns) => new(0, rows, 0, columns);

    /// <summary>Whether its elements lie together in a row-major matrix of <paramref name="columns"/> columns.</summary>
    public bool IsContiguousIn(int columns) => Columns == columns;
}
