using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Demo;

/// <summary>Sets the units of one SwiGLU MLP: down x (silu(gate) x up). Terms are stated for raw residual values.</summary>
/// <param name="rms">Expected RMS of the residual before the MLP.</param>
internal sealed class GatedMlp(double rms)
{
    public const int Units = 128;

    // silu(30) is 30 to one part in 1e12; a gate of +-30 is open or shut.
    private const double Open = 30;
    private readonly WeightMatrix _gate = new(Units, Residual.Width);
    private readonly WeightMatrix _up = new(Units, Residual.Width);
    private readonly WeightMatrix _down = new(Residual.Width, Units);
    private int _used;

    /// <summary>
    /// Adds targets x step(condition): 0 below -1/4, 1 above 1/4, linear between. Two units.
    /// </summary>
    public void Step((int Index, double Value)[] condition, params ReadOnlySpan<(int Index, double Value)> targets)
    {
        foreach (var (shift, sign) in ((double, int)[])[(0.25, 1), (-0.25, -1)])
        {
            var unit = Gate(condition, 2 * Open, shift);
            _up[unit, Residual.Const] = rms;
            foreach (var (index, value) in targets) _down[index, unit] = sign * value / Open;
        }
    }

    /// <summary>Takes <paramref name="factor"/> x a residual number away from itself where a condition of +-1/2 holds. One unit.</summary>
    public void Clear((int Index, double Value)[] condition, int index)
    {
        var unit = Gate(condition, 2 * Open, 0);
        _up[unit, index] = rms;
        _down[index, unit] = -1 / Open;
    }

    public IEnumerable<TensorData> ToTensors(string prefix, TensorType type)
    {
        yield return _gate.ToTensor(prefix + "gate_proj.weight", type);
        yield return _up.ToTensor(prefix + "up_proj.weight", type);
        yield return _down.ToTensor(prefix + "down_proj.weight", type);
    }

    private int Gate((int Index, double Value)[] condition, double slope, double shift)
    {
        var unit = _used++;
        if (unit >= Units) throw new InvalidOperationException("The MLP has no units left.");
        foreach (var (index, value) in condition) _gate[unit, index] += slope * rms * value;
        _gate[unit, Residual.Const] += slope * rms * shift;
        return unit;
    }
}
