"""Airflow: one task a night. The list itself knows the order of its plans, and what need not be run again, so a retry goes on where
the night before it stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="fairdraw_nightly",
    schedule="30 2 * * *",
    start_date=datetime(2023, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=20)},
):
    BashOperator(
        task_id="nightly",
        bash_command="fairdraw nightly nightly.toml --log json --wait 600",
        cwd="/srv/fairdraw",
    )
