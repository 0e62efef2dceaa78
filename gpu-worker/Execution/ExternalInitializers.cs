using System.Runtime.InteropServices;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Gives a session the weights that its model declares without data. On a CPU the session uses them where they lie; to another device it
/// copies them, so that they are needed until the session has been created.
/// </summary>
internal sealed unsafe class ExternalInitializers : IDisposable
{
    private readonly nint[] _names, _values;

    public ExternalInitializers(Microsoft.ML.OnnxRuntime.SessionOptions options, IReadOnlyCollection<HostTensor> tensors)
    {
        _names = new nint[tensors.Count];
        _values = new nint[tensors.Count];
        int at = 0;
        foreach (var tensor in tensors)
        {
            _names[at] = Marshal.StringToCoTaskMemUTF8(tensor.Name);
            _values[at++] = OrtNativeApi.CreateHostValue((int)tensor.Type, tensor.Shape, tensor.Data, tensor.Bytes);
        }
        fixed (nint* names = _names, values = _values)
            OrtNativeApi.AddExternalInitializers(options.DangerousGetHandle(), (byte**)names, values, tensors.Count);
    }

    public void Dispose()
    {
        foreach (nint name in _names)
            Marshal.FreeCoTaskMem(name);

        foreach (nint value in _values)
            OrtNativeApi.ReleaseValue(value);
    }
}
