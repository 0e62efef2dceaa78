using System.Diagnostics;

namespace Serverless.Benchmarks;

/// <summary>This program in a process of its own, with other arguments: by its executable, or under <c>dotnet</c> where that runs it.</summary>
internal static class ThisProgram
{
    public static ProcessStartInfo With(params string[] arguments)
    {
        var program = Environment.ProcessPath!;
        return new(program, Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(ThisProgram).Assembly.Location, .. arguments] : arguments);
    }
}
