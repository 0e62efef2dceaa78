using Serverless.GpuWorker.Model;

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

    public TensorData ToTensor(string name, TensorType type) => TensorData.FromFloats(name, _values, [outputs, inputs], type);
}
