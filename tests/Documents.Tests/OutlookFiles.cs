using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Item = Serverless.Documents.Tests.CompoundFiles.Item;

namespace Serverless.Documents.Tests;

/// <summary>Messages as Outlook keeps them in compound files ([MS-OXMSG]).</summary>
internal static class OutlookFiles
{
    public static Item Text(int id, string text) => new(string.Create(CultureInfo.InvariantCulture, $"__substg1.0_{id:X4}001F"), Encoding.Unicode.GetBytes(text));

    public static Item Narrow(int id, byte[] text) => new(string.Create(CultureInfo.InvariantCulture, $"__substg1.0_{id:X4}001E"), text);

    public static Item Bytes(int id, byte[] content) => new(string.Create(CultureInfo.InvariantCulture, $"__substg1.0_{id:X4}0102"), content);

    /// <summary>Numbers and times of a message, by id and type.</summary>
    public static Item Properties(int header, params (int Id, int Type, long Value)[] values)
    {
        var table = new byte[header + (16 * values.Length)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(header + (16 * i)), (uint)(values[i].Id << 16 | values[i].Type));
            BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(header + (16 * i) + 8), values[i].Value);
        }

        return new Item("__properties_version1.0", table);
    }
}
