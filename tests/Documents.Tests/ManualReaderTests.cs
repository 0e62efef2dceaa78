using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

/// <summary>DocBook and DITA, as writers of manuals have them.</summary>
public sealed class ManualReaderTests
{
    private const string Book = """
        <?xml version="1.0"?>
        <book xmlns="http://docbook.org/ns/docbook"><info><title>Manual</title><author><personname>Ann</personname></author><abstract><para>All of it.</para></abstract></info>
        <chapter><info><title>Care</title></info><para>Intro <emphasis>text</emphasis><indexterm><primary>x</primary></indexterm>.<footnote><para>A note.</para></footnote></para>
        <section><title>Water</title>
        <orderedlist startingnumber="3"><listitem><para>One.</para><para>More.</para></listitem><listitem><para>Two.</para><itemizedlist><listitem><para>deep</para></listitem></itemizedlist></listitem></orderedlist>
        <variablelist><varlistentry><term>Term</term><listitem><para>Meaning</para></listitem></varlistentry></variablelist>
        <table><title>Plants</title><tgroup cols="3"><colspec colname="a"/><colspec colname="b"/><colspec colname="c"/><thead><row><entry>P</entry><entry>Q</entry><entry>R</entry></row></thead>
        <tbody><row><entry morerows="1">Fern</entry><entry namest="b" nameend="c"><para>both</para></entry></row><row><entry colname="c">last</entry></row></tbody></tgroup></table>
        <warning><para>Frost.</para></warning><programlisting>a
          b</programlisting><figure><title>Picture</title><mediaobject><imageobject><imagedata fileref="x.png"/></imageobject><textobject><phrase>A fern</phrase></textobject></mediaobject></figure></section></chapter>
        <chapter><title>More</title><para>The <quote>end</quote> of 5 m<superscript>2</superscript>.</para></chapter></book>
        """;

    private const string Task = """
        <?xml version="1.0"?>
        <!DOCTYPE task PUBLIC "-//OASIS//DTD DITA Task//EN" "task.dtd">
        <task id="t"><title>Repot a <keyword>fern</keyword></title><shortdesc>In spring.</shortdesc><prolog><author>Ann</author></prolog>
        <taskbody><context>As it grows.</context><steps><step><cmd>Choose <menucascade><uicontrol>File</uicontrol><uicontrol>New</uicontrol></menucascade>.</cmd><info>It opens.</info></step><step><cmd>Water it.</cmd></step></steps>
        <example><note type="warning">Hot!</note><note><p>Plain.</p></note></example>
        <simpletable><sthead><stentry>Plant</stentry><stentry>Water</stentry></sthead><strow><stentry>Fern</stentry><stentry>weekly</stentry></strow></simpletable>
        <codeblock>run
          it</codeblock><dl><dlentry><dt>Term</dt><dd>Meaning</dd></dlentry></dl></taskbody><related-links><link href="x"/></related-links></task>
        """;

    [Theory]
    [InlineData("a.xml")]
    [InlineData("a.dbk")]
    [InlineData("manual")]
    public void DocBook_IsReadBySections(string path)
    {
        var document = Read(path, Book.ReplaceLineEndings("\n"));
        Assert.Equal(
            "Manual\n\nAll of it.\n\nCare\n\nIntro text. (A note.)\n\nWater\n\n3. One.\nMore.\n4. Two.\ndeep\n\nTerm\nMeaning\n\nPlants\n\n| P | Q | R |\n| --- | --- | --- |\n| Fern | both |  |\n| Fern |  | last |\n\n"
            + "Warning\n\nFrost.\n\na\n  b\n\nPicture\n\nA fern\n\nMore\n\nThe “end” of 5 m².",
            document.Text);
        Assert.Equal(["Manual", "Manual > Care", "Manual > Care > Water", "Manual > More"], document.Sections.Select(section => section.Heading));
        Assert.Equal([TextBlockKind.Table, TextBlockKind.Code], document.Blocks!.Select(block => block.Kind));
        Assert.Equal("Manual", document.Title);
    }

    [Theory]
    [InlineData("a.xml")]
    [InlineData("a.dita")]
    public void Dita_IsReadBySteps(string path) => Assert.Equal(
        "Repot a fern\n\nIn spring.\n\nAs it grows.\n\n1. Choose File > New.\nIt opens.\n2. Water it.\n\nWarning\n\nHot!\n\nNote\n\nPlain.\n\n| Plant | Water |\n| --- | --- |\n| Fern | weekly |\n\nrun\n  it\n\nTerm\nMeaning",
        Read(path, Task.ReplaceLineEndings("\n")).Text);

    [Theory]
    [InlineData("<!DOCTYPE article PUBLIC \"-//NLM//DTD JATS (Z39.96) Journal Archiving DTD v1.2//EN\" \"x.dtd\"><article article-type=\"research-article\">")]
    [InlineData("<article xmlns:xlink=\"http://www.w3.org/1999/xlink\" dtd-version=\"1.3\">")]
    public void Jats_IsReadBySections(string root)
    {
        var document = Read("a.xml", "<?xml version=\"1.0\"?>\n" + root + """
            <front><journal-meta><journal-title>Plants</journal-title></journal-meta><article-meta><article-id>10.1/x</article-id><title-group><article-title>Ferns in <italic>shade</italic></article-title><alt-title>Ferns</alt-title></title-group>
            <contrib-group><contrib><name><surname>Doe</surname></name></contrib></contrib-group><abstract><p>Ferns grow.</p></abstract><kwd-group><kwd>fern</kwd></kwd-group></article-meta></front>
            <body><sec><label>1</label><title>Methods</title><p>We watered <xref ref-type="bibr">[1]</xref> them.<fn><label>a</label><p>Weekly.</p></fn></p>
            <list list-type="order"><list-item><p>Sow.</p></list-item><list-item><p>Wait.</p></list-item></list>
            <sec><title>Light</title><table-wrap><label>Table 1</label><caption><p>Hours.</p></caption><table><thead><tr><th>Plant</th><th>Hours</th></tr></thead><tbody><tr><td rowspan="2">Fern</td><td>2</td></tr><tr><td>3</td></tr></tbody></table></table-wrap></sec></sec></body>
            <back><ack><title>Thanks</title><p>To all.</p></ack><ref-list><title>References</title><ref><mixed-citation>Doe 1999</mixed-citation></ref></ref-list></back></article>
            """);
        Assert.Equal(
            "Ferns in shade\n\nFerns grow.\n\nMethods\n\nWe watered [1] them. (Weekly.)\n\n1. Sow.\n2. Wait.\n\nLight\n\nTable 1\n\nHours.\n\n| Plant | Hours |\n| --- | --- |\n| Fern | 2 |\n| Fern | 3 |\n\nThanks\n\nTo all.", document.Text);
        Assert.Equal(["Ferns in shade", "Ferns in shade > Methods", "Ferns in shade > Methods > Light", "Ferns in shade > Thanks"], document.Sections.Select(section => section.Heading));
    }

    [Fact]
    public void Tei_IsReadByDivisions()
    {
        var document = Read("a.xml", """
            <?xml version="1.0"?>
            <TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>On ferns</title><author>Doe</author></titleStmt><publicationStmt><p>Here.</p></publicationStmt><sourceDesc><bibl>Old</bibl></sourceDesc></fileDesc>
            <profileDesc><abstract><p>Ferns grow.</p></abstract><langUsage><language>en</language></langUsage></profileDesc></teiHeader>
            <text><front><div><head>Preface</head><p>To read <title>Flora</title>.</p></div></front><body><div1><head>Water</head><fw>page 7</fw><p>Once a<lb/>week<note place="foot">In summer.</note> a <choice><sic>fren</sic><corr>fern</corr></choice> drinks.</p>
            <list rend="numbered"><item>Sow.</item><item>Wait.</item></list>
            <div2><head>Light</head><table><head>Hours</head><row><cell>Plant</cell><cell>Hours</cell></row><row><cell>Fern</cell><cell>2</cell></row></table><lg><l>O fern,</l><l>O shade.</l></lg></div2></div1></body>
            <back><div><listBibl><bibl>Doe 1999</bibl></listBibl></div></back></text></TEI>
            """);
        Assert.Equal(
            "On ferns\n\nFerns grow.\n\nPreface\n\nTo read Flora.\n\nWater\n\nOnce a week (In summer.) a fern drinks.\n\n1. Sow.\n2. Wait.\n\nLight\n\nHours\n\n| Plant | Hours |\n| --- | --- |\n| Fern | 2 |\n\nO fern,\n\nO shade.", document.Text);
        Assert.Equal(["On ferns", "On ferns > Preface", "On ferns > Water", "On ferns > Water > Light"], document.Sections.Select(section => section.Heading));
    }

    /// <summary>Other XML may have roots of the same names; entities of a DTD that is not there cannot be read.</summary>
    /// <summary>Names of products that a manual declares, and those of signs that DocBook's DTD does.</summary>
    [Fact]
    public void Names_ThatStandForText_AreReplaced()
    {
        const string xml = """
            <!DOCTYPE article PUBLIC "-//OASIS//DTD DocBook XML V4.4//EN" "docbookx.dtd" [
            <!ENTITY product "Fern <emphasis>&amp;</emphasis> Co"> <!ENTITY maker 'Ann &product;'> <!ENTITY % more SYSTEM "more.ent"> <!ENTITY file SYSTEM "file:///etc/passwd">
            ]>
            <article><title>Use of &product;</title><para>By &maker;&nbsp;&mdash; 5 &lt; 6.</para><programlisting><![CDATA[a &product; b]]></programlisting></article>
            """;
        Assert.Equal("Use of Fern & Co\n\nBy Ann &product; — 5 < 6.\n\na &product; b", Read("a.docbook", xml).Text);
        Assert.Equal("Use of Fern & Co\n\nBy Ann &product; — 5 < 6.\n\na &product; b", Read("a.xml", xml).Text);
        Assert.Contains("&file;", Read("a.docbook", xml.Replace("&nbsp;", "&file;", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
    }

    /// <summary>What stands for much stands for it as often as it is written, and no further.</summary>
    [Fact]
    public void Names_ThatGrow_EndAtTheBound()
    {
        var xml = $"<!DOCTYPE book [<!ENTITY a \"{new string('x', 500)}\">]><book><title>t</title><para>{string.Concat(Enumerable.Repeat("&a;", 100_000))}</para></book>";
        Assert.Contains("Ingestion:MaxTextCharacters", Rejection("a.docbook", xml), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.xml", "<?xml version=\"1.0\"?><article><title>x</title><p>y</p></article>")]
    [InlineData("a.xml", "<!DOCTYPE html><task/>")]
    [InlineData("a.xml", "<r xmlns='http://docbook.org/ns/docbook'><title>x</title></r>")]
    [InlineData("a.docbook", "<book><title>x</title><para>a &unknown; b</para></book>")]
    [InlineData("a.dita", "<topic><title>x</title>")]
    public void OtherXml_IsReadAsItIsWritten(string path, string xml)
    {
        var document = Read(path, xml);
        Assert.Equal(xml, document.Text);
        Assert.Equal([TextBlockKind.Code], document.Blocks!.Select(block => block.Kind));
    }
}
