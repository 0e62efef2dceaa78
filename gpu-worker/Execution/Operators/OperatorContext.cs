using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>What an operator sees during a call: its tensors, and ONNX Runtime's threads.</summary>
internal readonly unsafe ref struct OperatorContext(nint handle)
{
    private readonly nint _handle = handle;

    public OperatorTensor Input(int index)
    {
        nint value = OrtNativeApi.Input(_handle, index);
        if (value == 0)
            return default;

        var shape = OrtNativeApi.Shape(value, out int type);
        return new OperatorTensor(OrtNativeApi.Data(value), shape, type);
    }

    /// <summary>The provider's CUDA stream; 0 on a CPU.</summary>
    public nint Stream => OrtNativeApi.Stream(_handle);

    public float* Output(int rows, int columns) => (float*)RawOutput(rows, columns);

    /// <summary>One of several outputs.</summary>
    public float* Output(int index, int rows, int columns) => (float*)OrtNativeApi.Data(OrtNativeApi.Output(_handle, index, [rows, columns]));

    /// <summary>The output's memory, on the device that the operator is for.</summary>
    public void* RawOutput(int rows, int columns) => RawOutput([rows, columns]);

    /// <summary>The same in any shape.</summary>
    public void* RawOutput(ReadOnlySpan<long> shape) => OrtNativeApi.Data(OrtNativeApi.Output(_handle, 0, shape));

    /// <summary>The same of matrices.</summary>
    public void* RawOutput(int matrices, int rows, int columns) => OrtNativeApi.Data(OrtNativeApi.Output(_handle, 0, [matrices, rows, columns]));

    /// <summary>Calls <paramref name="body"/> for 0..count-1, on any thread in any order; on this one alone when <paramref name="inline"/>.</summary>
    public void For<TState>(int count, bool inline, ref TState state, delegate*<ref TState, int, void> body)
        where TState : unmanaged
    {
        if (inline || count == 1)
        {
            for (int i = 0; i < count; i++)
                body(ref state, i);

            return;
        }
        // State lives on the caller's stack, and the call returns only after every item has run.
        var call = new ParallelCall { State = Unsafe.AsPointer(ref state), Body = (delegate*<ref byte, int, void>)body };
        OrtNativeApi.ParallelFor(_handle, &RunItem, count, &call);
        if (call.Failed != 0)
            throw new InvalidOperationException("An item of an operator's parallel loop failed.");
    }

    [UnmanagedCallersOnly]
    private static void RunItem(void* state, nuint index)
    {
        var call = (ParallelCall*)state;
        try
        {
            call->Body(ref Unsafe.AsRef<byte>(call->State), (int)index);
        }
        catch
        {
            // An exception must not cross native frames.
            Volatile.Write(ref call->Failed, 1);
        }
    }

    private struct ParallelCall
    {
        public void* State;
        public delegate*<ref byte, int, void> Body;
        public int Failed;
    }
}
