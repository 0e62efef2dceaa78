using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Tests.Reference;

/// <summary>Tensors of normally distributed weights, reproducible by seed.</summary>
internal sealed class RandomTensors(int seed, TensorType type)
{
    private readonly Random _random = new(seed);
    private readonly List<TensorData> _tensors = [];

    public IReadOnlyList<TensorData> Tensors => _tensors;

    public void Add(string name, double deviation, params int[] shape)
    {
        var values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));

        _tensors.Add(TensorData.FromFloats(name, values, shape, type));
    }

    /// <summary>A tensor of one element.</summary>
    public void AddConstant(string name, float value) => _tensors.Add(TensorData.FromFloats(name, [value], [1]));

    /// <summary>Changes one element of a tensor that is there.</summary>
    public void Set(string name, int at, float value) => Change(name, (element, old) => element == at ? value : old);

    /// <summary>Changes a tensor that is there.</summary>
    /// <param name="change">From an element's place and value to its new value.</param>
    public void Change(string name, Func<int, float, float> change)
    {
        int index = _tensors.FindIndex(tensor => tensor.Name == name);
        _tensors[index] = TensorData.FromFloats(name, [.. _tensors[index].ToFloats().Select((value, at) => change(at, value))], _tensors[index].Shape, type);
    }
}
