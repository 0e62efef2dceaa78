using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// An operator written in C#, as ONNX Runtime's <c>struct OrtCustomOp</c> (onnxruntime_c_api.h) sees it: inputs of fixed element types
/// (0: any), some of which may be optional, and outputs of one type. Registered operators live as long as the process.
/// </summary>
internal static unsafe class CustomOperator
{
    /// <param name="create">Makes a node's kernel from its OrtKernelInfo.</param>
    public static void* Create(string name, int[] inputTypes, int optionalInputs, Func<nint, OperatorKernel> create) => Create(
        new OperatorSignature(name, inputTypes) { Optional = [.. Enumerable.Range(inputTypes.Length - optionalInputs, optionalInputs)] }, create);

    /// <param name="create">Makes a node's kernel from its OrtKernelInfo.</param>
    public static void* Create(OperatorSignature signature, Func<nint, OperatorKernel> create)
    {
        var definition = (Definition*)NativeMemory.AllocZeroed((nuint)sizeof(Definition));
        definition->Version = OrtNativeApi.Version;
        definition->GetName = &GetName;
        definition->GetExecutionProviderType = &GetExecutionProviderType;
        definition->GetInputType = &GetInputType;
        definition->GetInputTypeCount = &GetInputTypeCount;
        definition->GetOutputType = &GetOutputType;
        definition->GetOutputTypeCount = &GetOutputTypeCount;
        definition->KernelDestroy = &KernelDestroy;
        definition->GetInputCharacteristic = &GetInputCharacteristic;
        definition->GetOutputCharacteristic = &GetOutputCharacteristic;
        definition->GetInputMemoryType = &GetInputMemoryType;
        definition->GetVariadicInputMinArity = &One;
        definition->GetVariadicInputHomogeneity = &One;
        definition->GetVariadicOutputMinArity = &One;
        definition->GetVariadicOutputHomogeneity = &One;
        definition->CreateKernelV2 = &CreateKernel;
        definition->KernelComputeV2 = &KernelCompute;
        definition->GetStartVersion = &One;
        definition->GetEndVersion = &LastVersion;
        definition->Name = (byte*)Marshal.StringToCoTaskMemUTF8(signature.Name);
        definition->Provider = (byte*)Marshal.StringToCoTaskMemUTF8(signature.ExecutionProvider);
        definition->Factory = GCHandle.ToIntPtr(GCHandle.Alloc(create));
        definition->OutputType = signature.OutputType;
        definition->OutputCount = signature.Outputs;
        definition->InputCount = signature.InputTypes.Length;
        if (signature.IsView)
        {
            definition->GetAliasMap = &GetViewAliases;
            definition->ReleaseAliasMap = &ReleaseViewAliases;
        }
        foreach (int input in signature.Optional)
            definition->OptionalInputs |= 1u << input;

        signature.InputTypes.CopyTo(new Span<int>(definition->InputTypes, Definition.MaxInputs));
        return definition;
    }

    [UnmanagedCallersOnly]
    private static byte* GetName(Definition* self) => self->Name;

    [UnmanagedCallersOnly]
    private static byte* GetExecutionProviderType(Definition* self) => self->Provider;

    [UnmanagedCallersOnly]
    private static int GetInputType(Definition* self, nuint index) => self->InputTypes[index];

    [UnmanagedCallersOnly]
    private static nuint GetInputTypeCount(Definition* self) => (nuint)self->InputCount;

    [UnmanagedCallersOnly]
    private static int GetOutputType(Definition* self, nuint index) => self->OutputType;

    [UnmanagedCallersOnly]
    private static nuint GetOutputTypeCount(Definition* self) => (nuint)self->OutputCount;

    [UnmanagedCallersOnly]
    private static int GetInputCharacteristic(Definition* self, nuint index) => (int)((self->OptionalInputs >> (int)index) & 1);

    [UnmanagedCallersOnly]
    private static int GetOutputCharacteristic(Definition* self, nuint index) => index == 0 ? 0 : 1;

    [UnmanagedCallersOnly]
    private static int GetInputMemoryType(Definition* self, nuint index) => 0;

    [UnmanagedCallersOnly]
    private static int One(Definition* self) => 1;

    [UnmanagedCallersOnly]
    private static int LastVersion(Definition* self) => int.MaxValue;

    /// <summary>One pair: output 0 lies where input 0 does.</summary>
    [UnmanagedCallersOnly]
    private static nuint GetViewAliases(int** inputs, int** outputs)
    {
        *inputs = (int*)NativeMemory.AllocZeroed(sizeof(int));
        *outputs = (int*)NativeMemory.AllocZeroed(sizeof(int));
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void ReleaseViewAliases(int* inputs, int* outputs)
    {
        NativeMemory.Free(inputs);
        NativeMemory.Free(outputs);
    }

    [UnmanagedCallersOnly]
    private static nint CreateKernel(Definition* self, nint api, nint info, nint* kernel)
    {
        try
        {
            var create = (Func<nint, OperatorKernel>)GCHandle.FromIntPtr(self->Factory).Target!;
            *kernel = GCHandle.ToIntPtr(GCHandle.Alloc(create(info)));
            return 0;
        }
        catch (Exception exception)
        {
            return OrtNativeApi.CreateStatus(exception.Message);
        }
    }

    [UnmanagedCallersOnly]
    private static nint KernelCompute(nint kernel, nint context)
    {
        try
        {
            ((OperatorKernel)GCHandle.FromIntPtr(kernel).Target!).Compute(new OperatorContext(context));
            return 0;
        }
        catch (Exception exception)
        {
            return OrtNativeApi.CreateStatus(exception.Message);
        }
    }

    [UnmanagedCallersOnly]
    private static void KernelDestroy(nint kernel) => GCHandle.FromIntPtr(kernel).Free();

    /// <summary><c>struct OrtCustomOp</c>, version 29, and behind it what is ours: callbacks get the pointer back.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Definition
    {
        public const int MaxInputs = 32;

        public uint Version;
        public nint CreateKernelV1;
        public delegate* unmanaged<Definition*, byte*> GetName;
        public delegate* unmanaged<Definition*, byte*> GetExecutionProviderType;
        public delegate* unmanaged<Definition*, nuint, int> GetInputType;
        public delegate* unmanaged<Definition*, nuint> GetInputTypeCount;
        public delegate* unmanaged<Definition*, nuint, int> GetOutputType;
        public delegate* unmanaged<Definition*, nuint> GetOutputTypeCount;
        public nint KernelComputeV1;
        public delegate* unmanaged<nint, void> KernelDestroy;
        public delegate* unmanaged<Definition*, nuint, int> GetInputCharacteristic;
        public delegate* unmanaged<Definition*, nuint, int> GetOutputCharacteristic;
        public delegate* unmanaged<Definition*, nuint, int> GetInputMemoryType;
        public delegate* unmanaged<Definition*, int> GetVariadicInputMinArity;
        public delegate* unmanaged<Definition*, int> GetVariadicInputHomogeneity;
        public delegate* unmanaged<Definition*, int> GetVariadicOutputMinArity;
        public delegate* unmanaged<Definition*, int> GetVariadicOutputHomogeneity;
        public delegate* unmanaged<Definition*, nint, nint, nint*, nint> CreateKernelV2;
        public delegate* unmanaged<nint, nint, nint> KernelComputeV2;
        public nint InferOutputShape;
        public delegate* unmanaged<Definition*, int> GetStartVersion;
        public delegate* unmanaged<Definition*, int> GetEndVersion;
        public nint GetMayInplace;
        public nint ReleaseMayInplace;
        public delegate* unmanaged<int**, int**, nuint> GetAliasMap;
        public delegate* unmanaged<int*, int*, void> ReleaseAliasMap;

        public byte* Name;
        public byte* Provider;
        public nint Factory;
        public int OutputType;
        public int OutputCount;
        public int InputCount;
        public uint OptionalInputs;
        public fixed int InputTypes[MaxInputs];
    }
}
