# The figures: a script in workflow_scripts/figures/, a caption in captions/figures/, and here a line with the tables that
# it reads. `snakemake figure_map` draws one.

FIGURE_TABLES = {
    "overview": ["evaluation", "map"],
    "map": ["map"],
    "passk": ["passk"],
    "contamination": ["contamination"],
    "overlap": ["overlap"],
    "learning_curves": ["curves"],
    "entropy": ["curves"],
    "alignment_gain": ["alignment_gain"],
    "causal": ["causal_cells", "causal"],
}

for figure, tables in FIGURE_TABLES.items():

    rule:
        name:
            f"figure_{figure}"
        input:
            tables=[f"{TABLES}/{table}.parquet" for table in tables],
        output:
            f"{FIGURES}/{figure}.pdf",
            report(
                f"{FIGURES}/{figure}.png",
                caption=f"../captions/figures/{figure}.rst",
                category="Figures",
                labels={"figure": figure.replace("_", " ")},
            ),
        log:
            f"{LOGS}/figures/{figure}.log",
        benchmark:
            f"{BENCHMARKS}/figures/{figure}.tsv"
        conda:
            "../envs/cpu.yaml"
        params:
            code=code("draw_figure.py", f"figures.{figure}"),
            figure=figure,
        shell:
            "python workflow_scripts/draw_figure.py {params.figure} --tables {input.tables}"
            " --output {output} > {log} 2>&1"
