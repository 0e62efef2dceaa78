using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// The entries of ONNX Runtime's C API that custom operators need and the managed binding does not expose. The numbers are positions in
/// <c>struct OrtApi</c> (onnxruntime_c_api.h), to which entries are only ever appended.
/// </summary>
internal static unsafe partial class OrtNativeApi
{
    /// <summary>ORT_API_VERSION of the header that the operators' struct follows.</summary>
    public const uint Version = 29;

    private const int RuntimeException = 6;
    private const int ArenaAllocator = 1;
    private const int DefaultMemory = 0;

    private static readonly nint* Table = Load();

    [LibraryImport("onnxruntime")]
    private static partial nint* OrtGetApiBase();

    public static nint CreateCustomOpDomain(byte* name)
    {
        nint domain;
        Check(((delegate* unmanaged<byte*, nint*, nint>)Table[26])(name, &domain));
        return domain;
    }

    public static void AddOperator(nint domain, void* customOperator) =>
        Check(((delegate* unmanaged<nint, void*, nint>)Table[27])(domain, customOperator));

    public static void AddDomain(nint sessionOptions, nint domain) =>
        Check(((delegate* unmanaged<nint, nint, nint>)Table[28])(sessionOptions, domain));

    /// <summary>Gives the model's external initializers of these names their data, which ONNX Runtime reads while a session is created.</summary>
    public static void AddExternalInitializers(nint sessionOptions, byte** names, nint* values, int count) =>
        Check(((delegate* unmanaged<nint, byte**, nint*, nuint, nint>)Table[210])(sessionOptions, names, values, (nuint)count));

    /// <summary>A value over memory of the host that stays the caller's.</summary>
    public static nint CreateHostValue(int elementType, ReadOnlySpan<long> shape, nint data, long bytes)
    {
        nint memory, value;
        Check(((delegate* unmanaged<int, int, nint*, nint>)Table[69])(ArenaAllocator, DefaultMemory, &memory));
        try
        {
            fixed (long* dimensions = shape)
                Check(((delegate* unmanaged<nint, nint, nuint, long*, nuint, int, nint*, nint>)Table[49])(memory, data, (nuint)bytes, dimensions, (nuint)shape.Length, elementType, &value));
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)Table[94])(memory);
        }
        return value;
    }

    public static void ReleaseValue(nint value) => ((delegate* unmanaged<nint, void>)Table[96])(value);

    /// <summary>The CUDA stream that the node's provider computes on; 0 on a CPU.</summary>
    public static nint Stream(nint context)
    {
        nint stream;
        Check(((delegate* unmanaged<nint, nint*, nint>)Table[193])(context, &stream));
        return stream;
    }

    public static float FloatAttribute(nint kernelInfo, ReadOnlySpan<byte> name)
    {
        float value;
        fixed (byte* pointer = name)
            Check(((delegate* unmanaged<nint, byte*, float*, nint>)Table[85])(kernelInfo, pointer, &value));

        return value;
    }

    public static long IntAttribute(nint kernelInfo, ReadOnlySpan<byte> name)
    {
        long value;
        fixed (byte* pointer = name)
            Check(((delegate* unmanaged<nint, byte*, long*, nint>)Table[86])(kernelInfo, pointer, &value));

        return value;
    }

    /// <summary>Null for an optional input that the node leaves out.</summary>
    public static nint Input(nint context, int index)
    {
        nint value;
        Check(((delegate* unmanaged<nint, nuint, nint*, nint>)Table[90])(context, (nuint)index, &value));
        return value;
    }

    public static nint Output(nint context, int index, ReadOnlySpan<long> shape)
    {
        nint value;
        fixed (long* dimensions = shape)
            Check(((delegate* unmanaged<nint, nuint, long*, nuint, nint*, nint>)Table[91])(context, (nuint)index, dimensions, (nuint)shape.Length, &value));

        return value;
    }

    public static void* Data(nint value)
    {
        void* data;
        Check(((delegate* unmanaged<nint, void**, nint>)Table[51])(value, &data));
        return data;
    }

    /// <summary>The tensor's type and shape without an allocation; the span lives as long as the value.</summary>
    public static ReadOnlySpan<long> Shape(nint value, out int elementType)
    {
        int type;
        long* dimensions;
        nuint count;
        Check(((delegate* unmanaged<nint, int*, long**, nuint*, nint>)Table[414])(value, &type, &dimensions, &count));
        elementType = type;
        return new ReadOnlySpan<long>(dimensions, (int)count);
    }

    public static void ParallelFor(nint context, delegate* unmanaged<void*, nuint, void> body, int count, void* state) =>
        Check(((delegate* unmanaged<nint, delegate* unmanaged<void*, nuint, void>, nuint, nuint, void*, nint>)Table[274])(context, body, (nuint)count, 0, state));

    /// <summary>An OrtStatus that ONNX Runtime releases; it becomes the exception of the Run.</summary>
    public static nint CreateStatus(string message)
    {
        byte* text = (byte*)Marshal.StringToCoTaskMemUTF8(message);
        try
        {
            return ((delegate* unmanaged<int, byte*, nint>)Table[0])(RuntimeException, text);
        }
        finally
        {
            Marshal.FreeCoTaskMem((nint)text);
        }
    }

    private static void Check(nint status)
    {
        if (status == 0)
            return;

        string message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Table[2])(status)) ?? "unknown";
        ((delegate* unmanaged<nint, void>)Table[93])(status);
        throw new InvalidOperationException($"ONNX Runtime: {message}");
    }

    private static nint* Load()
    {
        nint* api = ((delegate* unmanaged<uint, nint*>)OrtGetApiBase()[0])(Version);
        return api != null ? api : throw new InvalidOperationException($"The ONNX Runtime library is older than API version {Version}.");
    }
}
