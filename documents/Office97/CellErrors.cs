namespace Serverless.Documents.Office97;

/// <summary>What a cell shows whose formula comes to nothing ([MS-XLSB], section 2.5.97.2).</summary>
internal static class CellErrors
{
    /// <summary>Null for a code that is none.</summary>
    public static string? Sign(int code) => code switch
    {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        _ => null,
    };
}
