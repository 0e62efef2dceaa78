using Iced.Intel;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>Functions of machine code, assembled with Iced, one after the other in one piece of memory.</summary>
internal static unsafe class MachineCode
{
    private const int Alignment = 64;
    private const byte Breakpoint = 0xCC;

    /// <summary>A function's bytes. Its jumps are relative: it runs wherever it lies.</summary>
    public static byte[] Assemble(Action<Assembler> write)
    {
        var code = new Assembler(64);
        write(code);
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    /// <summary>Puts functions where they can be called; null where the system permits no such memory.</summary>
    /// <returns>Where each begins.</returns>
    public static nint[]? TryLoad(IEnumerable<byte[]> functions)
    {
        List<byte> code = [];
        List<int> entries = [];
        foreach (byte[] function in functions)
        {
            code.AddRange(Enumerable.Repeat(Breakpoint, -code.Count & (Alignment - 1)));
            entries.Add(code.Count);
            code.AddRange(function);
        }
        byte* memory = ExecutableMemory.TryLoad([.. code]);
        return memory == null ? null : [.. entries.Select(entry => (nint)memory + entry)];
    }
}
