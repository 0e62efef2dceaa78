using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Demo;

/// <summary>A linear layer's weights, [outputs, inputs], zero until set.</summary>
internal sealed class WeightMatrix(int outputs, int inputs)
{
    private readonly float[] _values = new float[outputs * inputs];

    public double this[int output, int input]
    {
        get => _values[output * inputs + input];
        set => _values[output * inputs + input] = (float)value;
    }

    public void SetRow(int output, int firstInput, ReadOnlySpan<float> values) => values.CopyTo(_values.AsSpan(output * inputs + firstInput, values.Length));

    /// <summary>A matrix in which every block of so many rows stands several times, one after the other.</summary>
    public WeightMatrix RepeatRows(int rows, int times)
    {
        var repeated = new WeightMatrix(outputs * times, inputs);
        for (var row = 0; row < outputs * times; row++)
        {
            var from = row / (rows * times) * rows + row % rows;
            repeated.SetRow(row, 0, _values.AsSpan(from * inputs, inputs));
        }

        return repeated;
    }

    public TensorData ToTensor(string name, TensorType type) => TensorData.FromFloats(name, _values, [outputs, inputs], type);
}
