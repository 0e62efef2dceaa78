namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>A weight matrix [outputs, inputs] of which only the entries that are not zero are kept: the demo's are nearly empty.</summary>
internal sealed class SparseMatrix
{
    private readonly int[] _start;
    private readonly int[] _column;
    private readonly float[] _value;

    public SparseMatrix(float[] dense, int outputs)
    {
        Outputs = outputs;
        Inputs = dense.Length / outputs;
        var columns = new List<int>();
        var values = new List<float>();
        _start = new int[outputs + 1];
        for (var row = 0; row < outputs; row++)
        {
            for (var column = 0; column < Inputs; column++)
            {
                if (dense[row * Inputs + column] == 0) continue;
                columns.Add(column);
                values.Add(dense[row * Inputs + column]);
            }

            _start[row + 1] = columns.Count;
        }

        _column = [.. columns];
        _value = [.. values];
    }

    public int Outputs { get; }

    public int Inputs { get; }

    public float[] Times(ReadOnlySpan<float> x)
    {
        var y = new float[Outputs];
        for (var row = 0; row < Outputs; row++)
        {
            var sum = 0f;
            for (var i = _start[row]; i < _start[row + 1]; i++) sum += _value[i] * x[_column[i]];
            y[row] = sum;
        }

        return y;
    }

    public bool ReadsAny(int firstColumn, int count) => _column.Any(column => column >= firstColumn && column < firstColumn + count);
}
